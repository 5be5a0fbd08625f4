// Command kubernetes_types prints, as one compact text, the JSON fields of the Kubernetes types through
// which clusterctl passes some objects of a components file (resolution reference 10.5 and 10.6).
//
// With the argument "quantities" it gives the canonical spelling of each quantity on standard input.
//
// Each line is "Type name=KIND…". A kind is s (string), b (boolean), i (integer), f (float), q (quantity),
// t (time), x (integer or string), y (bytes), j (any JSON), a Go interface-like union (OrBool, OrArray,
// OrStringArray) or the name of another type; a leading * is a pointer, [] a list, {} a map; a trailing ?
// means that the empty value is left out, ! that the zero value is.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	admissionv1beta1 "k8s.io/api/admissionregistration/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	extensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	extensionsv1beta1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var special = map[reflect.Type]string{
	reflect.TypeOf(resource.Quantity{}):                              "q",
	reflect.TypeOf(metav1.Time{}):                                    "t",
	reflect.TypeOf(metav1.MicroTime{}):                               "t",
	reflect.TypeOf(metav1.FieldsV1{}):                                "j",
	reflect.TypeOf(intstr.IntOrString{}):                             "x",
	reflect.TypeOf(extensionsv1.JSON{}):                              "j",
	reflect.TypeOf(extensionsv1beta1.JSON{}):                         "j",
	reflect.TypeOf(extensionsv1.JSONSchemaPropsOrBool{}):             "OrBool.v1",
	reflect.TypeOf(extensionsv1.JSONSchemaPropsOrArray{}):            "OrArray.v1",
	reflect.TypeOf(extensionsv1.JSONSchemaPropsOrStringArray{}):      "OrStringArray.v1",
	reflect.TypeOf(extensionsv1beta1.JSONSchemaPropsOrBool{}):        "OrBool.v1beta1",
	reflect.TypeOf(extensionsv1beta1.JSONSchemaPropsOrArray{}):       "OrArray.v1beta1",
	reflect.TypeOf(extensionsv1beta1.JSONSchemaPropsOrStringArray{}): "OrStringArray.v1beta1",
}

var names = map[reflect.Type]string{}
var taken = map[string]bool{}
var lines []string

func typeName(t reflect.Type) string {
	if name, ok := names[t]; ok {
		return name
	}
	name := t.Name()
	if taken[name] {
		parts := strings.Split(t.PkgPath(), "/")
		name += "." + parts[len(parts)-1]
	}
	taken[name] = true
	names[t] = name
	describe(t, name)
	return name
}

func kind(t reflect.Type) string {
	if code, ok := special[t]; ok {
		return code
	}
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Struct && t.Implements(reflect.TypeOf((*json.Marshaler)(nil)).Elem()) {
		panic("unknown marshaler " + t.String())
	}
	switch t.Kind() {
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "i"
	case reflect.Float64:
		return "f"
	case reflect.Pointer:
		return "*" + kind(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		return "[]" + kind(t.Elem())
	case reflect.Map:
		return "{}" + kind(t.Elem())
	case reflect.Struct:
		return typeName(t)
	}
	panic("unknown kind " + t.String())
}

func fields(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		field := t.Field(i)
		parts := strings.Split(field.Tag.Get("json"), ",")
		if parts[0] == "" {
			out = append(out, fields(field.Type)...)
			continue
		}
		flag := ""
		for _, option := range parts[1:] {
			if option == "omitzero" {
				flag = "!"
			} else if option == "omitempty" && flag == "" && field.Type.Kind() != reflect.Struct {
				flag = "?"
			}
		}
		out = append(out, parts[0]+"="+kind(field.Type)+flag)
	}
	return out
}

func describe(t reflect.Type, name string) {
	parts := fields(t)
	sort.Strings(parts)
	lines = append(lines, name+" "+strings.Join(parts, " "))
}

// wrap breaks a line at blanks before column 100 and indents what follows the first line.
func wrap(line string) string {
	var out strings.Builder
	width := 0
	for i, word := range strings.Fields(line) {
		if i > 0 && width+1+len(word) > 100 {
			out.WriteString("\n ")
			width = 1
		}
		if i > 0 {
			out.WriteString(" ")
			width++
		}
		out.WriteString(word)
		width += len(word)
	}
	return out.String()
}

// quantities answers each line of standard input with the canonical spelling of that quantity.
func quantities() {
	scanner := bufio.NewScanner(os.Stdin)
	for scanner.Scan() {
		quantity, err := resource.ParseQuantity(scanner.Text())
		if err != nil {
			fmt.Printf("%s\t\n", scanner.Text())
			continue
		}
		fmt.Printf("%s\t%s\n", scanner.Text(), quantity.String())
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "quantities" {
		quantities()
		return
	}
	roots := []any{
		rbacv1.ClusterRoleBinding{}, rbacv1.RoleBinding{},
		appsv1.Deployment{}, appsv1.DaemonSet{},
		admissionv1.MutatingWebhookConfiguration{}, admissionv1.ValidatingWebhookConfiguration{},
		admissionv1beta1.MutatingWebhookConfiguration{}, admissionv1beta1.ValidatingWebhookConfiguration{},
		extensionsv1.CustomResourceDefinition{}, extensionsv1beta1.CustomResourceDefinition{},
		extensionsv1.JSONSchemaProps{}, extensionsv1beta1.JSONSchemaProps{},
	}
	for _, root := range roots {
		typeName(reflect.TypeOf(root))
	}
	sort.Strings(lines)
	for _, line := range lines {
		fmt.Println(wrap(line))
	}
}
