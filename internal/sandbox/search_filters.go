package sandbox

import (
	"encoding/json"
	"slices"
	"strings"
)

// minFuzzy is how long the text of a fuzzy filter must be.
const minFuzzy = 3

// A filter says whether an object matches. It is built once per request from an operand's value.
type filter[T any] func(T) bool

// A filterKind builds a filter from the value of an operand.
type filterKind[T any] func(c *call, s *search, o operand) (filter[T], *apiError)

// filters builds one filter out of a query's operands.
func filters[T any](c *call, s *search, known map[string]filterKind[T]) (filter[T], *apiError) {
	built := make([]filter[T], 0, len(s.operands))
	for _, o := range s.operands {
		switch {
		case o.Name == "":
			return nil, badRequest(s.subject+"_search_missing_filter_name", "An operand has no filter_name.")
		case known[o.Name] == nil:
			return nil, badRequest(s.subject+"_search_filter_name_not_recognized", "The filter_name %q is not known.", o.Name)
		case isAbsent(o.Value):
			return nil, badRequest(s.subject+"_search_missing_filter_value", "The filter %q has no filter_value.", o.Name)
		}
		f, err := known[o.Name](c, s, o)
		if err != nil {
			return nil, err
		}
		built = append(built, f)
	}
	if s.any && len(built) > 0 {
		return func(t T) bool { return slices.ContainsFunc(built, func(f filter[T]) bool { return f(t) }) }, nil
	}
	return func(t T) bool {
		for _, f := range built {
			if !f(t) {
				return false
			}
		}
		return true
	}, nil
}

// operandStrings reads an array of strings.
func (s *search) operandStrings(o operand) ([]string, *apiError) {
	var values []string
	if err := json.Unmarshal(o.Value, &values); err != nil {
		return nil, badRequest(s.subject+"_search_expected_array_of_strings", "The filter %q takes an array of strings.", o.Name)
	}
	return values, nil
}

func (s *search) operandString(o operand) (string, *apiError) {
	var value string
	if err := json.Unmarshal(o.Value, &value); err != nil {
		return "", badRequest(s.subject+"_search_expected_string", "The filter %q takes a string.", o.Name)
	}
	return value, nil
}

func (s *search) operandBool(o operand) (bool, *apiError) {
	var value bool
	if err := json.Unmarshal(o.Value, &value); err != nil {
		return false, badRequest(s.subject+"_search_expected_boolean", "The filter %q takes a boolean.", o.Name)
	}
	return value, nil
}

// oneOf matches objects of which some value is among the operand's. fold makes both sides comparable; nil compares exactly.
func oneOf[T any](values func(T) []string, fold func(*call) func(string) string) filterKind[T] {
	return func(c *call, s *search, o operand) (filter[T], *apiError) {
		wanted, err := s.operandStrings(o)
		if err != nil {
			return nil, err
		}
		same := func(text string) string { return text }
		if fold != nil {
			same = fold(c)
		}
		set := make(map[string]bool, len(wanted))
		for _, value := range wanted {
			set[same(value)] = true
		}
		return func(t T) bool {
			return slices.ContainsFunc(values(t), func(value string) bool { return set[same(value)] })
		}, nil
	}
}

// lowerCase compares without case.
func lowerCase(*call) func(string) string { return strings.ToLower }

// asAddress compares as addresses are compared.
func asAddress(c *call) func(string) string { return c.server.foldEmail }

// containing matches objects of which some value contains the operand's text, in any case.
func containing[T any](values func(T) []string) filterKind[T] {
	return func(_ *call, s *search, o operand) (filter[T], *apiError) {
		text, err := s.operandString(o)
		if err != nil {
			return nil, err
		}
		if len(text) < minFuzzy {
			return nil, badRequest(s.subject+"_search_"+o.Name+"_too_short", "The filter %q needs at least %d characters.", o.Name, minFuzzy)
		}
		text = strings.ToLower(text)
		return func(t T) bool {
			return slices.ContainsFunc(values(t), func(value string) bool { return strings.Contains(strings.ToLower(value), text) })
		}, nil
	}
}

// isTrue matches objects whose flag is the operand's.
func isTrue[T any](flag func(T) bool) filterKind[T] {
	return func(_ *call, s *search, o operand) (filter[T], *apiError) {
		wanted, err := s.operandBool(o)
		return func(t T) bool { return flag(t) == wanted }, err
	}
}
