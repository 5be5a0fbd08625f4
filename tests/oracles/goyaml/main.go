// Command goyaml answers what Kubernetes' YAML reader makes of texts.
//
// It reads a JSON list of strings from standard input and writes a JSON list of answers: for each text the
// JSON that sigs.k8s.io/yaml makes of it, whether the strict reader refuses it, or the error.
package main

import (
	"encoding/json"
	"log"
	"os"

	"sigs.k8s.io/yaml"
)

type answer struct {
	JSON          json.RawMessage `json:"json,omitempty"`
	StrictRefuses bool            `json:"strict_refuses"`
	Error         string          `json:"error,omitempty"`
}

func read(text string) answer {
	converted, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return answer{StrictRefuses: true, Error: err.Error()}
	}
	_, strictErr := yaml.YAMLToJSONStrict([]byte(text))
	return answer{JSON: converted, StrictRefuses: strictErr != nil}
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		log.Fatal(err)
	}
	answers := make([]answer, 0, len(texts))
	for _, text := range texts {
		answers = append(answers, read(text))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}
