// Package form checks what people type: it runs the validate tags of a struct (go-playground/validator) and turns every failure
// into a message that names the field, the rule and, where one is at fault, the character. It is the only importer of the
// validator, and it never changes a value: a refused form comes back as it was typed.
package form

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/go-playground/validator/v10"

	"merchant-portal/internal/fault"
)

// Rule judges one non-empty value: nil, or what is wrong with it.
type Rule func(value string) *fault.Message

// Rules maps the name used in validate tags to its rule.
type Rules map[string]Rule

// Checker checks structs whose string fields carry `form:"field_name"` and `validate:"…"` tags.
type Checker struct {
	validate *validator.Validate
	rules    Rules
}

// New makes a checker that knows the general rules (line, text, address, phone) and those given.
func New(own Rules) *Checker {
	c := &Checker{validate: validator.New(validator.WithRequiredStructEnabled()), rules: Rules{
		"line": Line, "text": Text, "address": Address, "phone": Phone,
	}}
	for name, rule := range own {
		c.rules[name] = rule
	}
	for name, rule := range c.rules {
		mustRegister(c.validate.RegisterValidation(name, func(fl validator.FieldLevel) bool {
			value := fl.Field().String()
			return value == "" || rule(value) == nil
		}))
	}
	c.validate.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("form") })
	return c
}

// mustRegister panics: a rule that cannot be registered is a mistake in the program, found by the first test.
func mustRegister(err error) {
	if err != nil {
		panic(fmt.Sprintf("form: %v", err))
	}
}

// Check gives nil, or a fault.Invalid with a message per field at fault.
func (c *Checker) Check(v any) error {
	err := c.validate.Struct(v)
	if err == nil {
		return nil
	}
	var failures validator.ValidationErrors
	if !errors.As(err, &failures) {
		return fmt.Errorf("check form: %w", err)
	}
	refused := &fault.Error{Kind: fault.Invalid}
	for _, f := range failures {
		refused.Fields = append(refused.Fields, fault.Field{Name: f.Field(), Message: c.message(f)})
	}
	return refused
}

func (c *Checker) message(f validator.FieldError) fault.Message {
	if rule, ok := c.rules[f.Tag()]; ok {
		if problem := rule(fmt.Sprint(f.Value())); problem != nil {
			return *problem
		}
	}
	switch f.Tag() {
	case "required":
		return fault.Message{ID: "form.required"}
	case "max":
		limit, _ := strconv.Atoi(f.Param()) // the validator has parsed it before
		return fault.Message{ID: "form.too_long", Args: map[string]any{"Max": limit}}
	default:
		return fault.Message{ID: "form.not_valid"}
	}
}
