// Command envsubst answers, for each case of a JSON list on standard input, what the substitution library
// of clusterctl does with it, after the same removal of blanks inside braces (resolution reference 10.3).
//
// A case has a text and values. An answer has either the reason of the failure, or the variables in
// alphabetical order (each with its default, null where there is none) and the text after substitution.
// Answers come one a line.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"

	"github.com/drone/envsubst/v2"
	"github.com/drone/envsubst/v2/parse"
)

var spaced = regexp.MustCompile(`\$\{\s+[A-Za-z0-9_$]+\s*\}|\$\{[A-Za-z0-9_$]+\s+\}`)
var blanks = regexp.MustCompile(`\s+`)

type question struct {
	Text   string            `json:"text"`
	Values map[string]string `json:"values"`
}

type answer struct {
	question
	Error     string             `json:"error,omitempty"`
	Panic     bool               `json:"panic,omitempty"`
	Variables map[string]*string `json:"variables,omitempty"`
	Output    string             `json:"output,omitempty"`
}

// collect notes each variable at its first place, with the text of its arguments put together.
func collect(node parse.Node, found map[string]*string) {
	switch n := node.(type) {
	case *parse.ListNode:
		for _, child := range n.Nodes {
			collect(child, found)
		}
	case *parse.FuncNode:
		if _, seen := found[n.Param]; seen {
			return
		}
		text := ""
		for _, argument := range n.Args {
			switch a := argument.(type) {
			case *parse.TextNode:
				text += a.Value
			case *parse.FuncNode:
				text += "${" + a.Param + "}"
			}
		}
		found[n.Param] = nil
		if text != "" {
			found[n.Param] = &text
		}
	}
}

func reply(q question) (a answer) {
	a.question = q
	defer func() {
		if recover() != nil {
			a = answer{question: q, Panic: true}
		}
	}()
	text := spaced.ReplaceAllStringFunc(q.Text, func(s string) string { return blanks.ReplaceAllString(s, "") })
	tree, err := parse.Parse(text)
	if err != nil {
		a.Error = err.Error()
		return a
	}
	a.Variables = map[string]*string{}
	collect(tree.Root, a.Variables)
	output, err := envsubst.Eval(text, func(name string) string { return q.Values[name] })
	if err != nil {
		a.Error = err.Error()
		return a
	}
	a.Output = output
	return a
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers := make([]answer, 0, len(questions))
	for _, q := range questions {
		answers = append(answers, reply(q))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	for _, a := range answers {
		if err := encoder.Encode(a); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
