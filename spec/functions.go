package spec

import (
	"errors"
	"regexp"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// A Function is one that expressions may call.
type Function struct {
	Name string
	Doc  string // what it yields, a short phrase

	call function.Function
}

// Functions returns what expressions may call, sorted by name; env and file are no functions but references. All are pure: no
// time, no chance, no network, no files, so that the same documents always say the same.
func Functions() []Function { return functions }

var functions = []Function{
	{"abs", "the number without its sign", stdlib.AbsoluteFunc},
	{"can", "whether an expression can be evaluated", tryfunc.CanFunc},
	{"ceil", "the next whole number", stdlib.CeilFunc},
	{"chomp", "the text without line breaks at its end", stdlib.ChompFunc},
	{"chunklist", "the list in lists of a length", stdlib.ChunklistFunc},
	{"coalesce", "the first argument that is not null", stdlib.CoalesceFunc},
	{"coalescelist", "the first list that is not empty", stdlib.CoalesceListFunc},
	{"compact", "the list without empty texts", stdlib.CompactFunc},
	{"concat", "the lists as one", stdlib.ConcatFunc},
	{"contains", "whether a list has a value", stdlib.ContainsFunc},
	{"csvdecode", "the rows of a CSV text, as objects", stdlib.CSVDecodeFunc},
	{"distinct", "the list with each value once", stdlib.DistinctFunc},
	{"element", "the value at a place, counted round", stdlib.ElementFunc},
	{"flatten", "the lists in a list as one", stdlib.FlattenFunc},
	{"floor", "the whole number below", stdlib.FloorFunc},
	{"format", "a text made by a pattern", bounded(stdlib.FormatFunc, shortWidths)},
	{"formatdate", "a timestamp by a pattern", stdlib.FormatDateFunc},
	{"formatlist", "texts made by a pattern", bounded(stdlib.FormatListFunc, shortWidths)},
	{"indent", "the text with its lines indented", bounded(stdlib.IndentFunc, shortIndent)},
	{"int", "the number without its fraction", stdlib.IntFunc},
	{"join", "texts joined by a separator", stdlib.JoinFunc},
	{"jsondecode", "the value of a JSON text", stdlib.JSONDecodeFunc},
	{"jsonencode", "the value as JSON text", stdlib.JSONEncodeFunc},
	{"keys", "the keys of a map", stdlib.KeysFunc},
	{"length", "how many values there are", stdlib.LengthFunc},
	{"log", "the logarithm", stdlib.LogFunc},
	{"lookup", "the value of a key, or a default", stdlib.LookupFunc},
	{"lower", "the text in small letters", stdlib.LowerFunc},
	{"max", "the largest number", stdlib.MaxFunc},
	{"merge", "the maps as one, later ones winning", stdlib.MergeFunc},
	{"min", "the smallest number", stdlib.MinFunc},
	{"parseint", "the number that a text writes in a base", stdlib.ParseIntFunc},
	{"pow", "the power", stdlib.PowFunc},
	{"range", "numbers in a row, at most 1024", stdlib.RangeFunc},
	{"regex", "what a pattern finds first", stdlib.RegexFunc},
	{"regexall", "all that a pattern finds", stdlib.RegexAllFunc},
	{"regexreplace", "the text with what a pattern finds replaced", stdlib.RegexReplaceFunc},
	{"replace", "the text with a part replaced", stdlib.ReplaceFunc},
	{"reverse", "the list from its end", stdlib.ReverseListFunc},
	{"setintersection", "what is in all sets", stdlib.SetIntersectionFunc},
	{"setproduct", "all combinations of lists", bounded(stdlib.SetProductFunc, smallProduct)},
	{"setsubtract", "what is in the first set only", stdlib.SetSubtractFunc},
	{"setunion", "what is in any set", stdlib.SetUnionFunc},
	{"signum", "-1, 0 or 1 by the sign", stdlib.SignumFunc},
	{"slice", "a part of the list", stdlib.SliceFunc},
	{"sort", "the texts in order", stdlib.SortFunc},
	{"split", "the parts between a separator", stdlib.SplitFunc},
	{"strlen", "how many characters the text has", stdlib.StrlenFunc},
	{"strrev", "the text from its end", stdlib.ReverseFunc},
	{"substr", "a part of the text", stdlib.SubstrFunc},
	{"timeadd", "a timestamp moved by a duration", stdlib.TimeAddFunc},
	{"title", "the text with capital initials", stdlib.TitleFunc},
	{"trim", "the text without given characters at its ends", stdlib.TrimFunc},
	{"trimprefix", "the text without a start", stdlib.TrimPrefixFunc},
	{"trimspace", "the text without space at its ends", stdlib.TrimSpaceFunc},
	{"trimsuffix", "the text without an end", stdlib.TrimSuffixFunc},
	{"try", "the first argument that can be evaluated", tryfunc.TryFunc},
	{"upper", "the text in capital letters", stdlib.UpperFunc},
	{"values", "the values of a map", stdlib.ValuesFunc},
	{"zipmap", "a map of keys and values", stdlib.ZipmapFunc},
}

// bounded refuses arguments with which a pure function would eat all memory.
func bounded(f function.Function, check func(args []cty.Value) error) function.Function {
	return function.New(&function.Spec{
		Description: f.Description(),
		Params:      f.Params(),
		VarParam:    f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if err := check(args); err != nil {
				return cty.DynamicPseudoType, err
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

var wideVerb = regexp.MustCompile(`%[^%a-zA-Z]*[0-9]{4}`)

func shortWidths(args []cty.Value) error {
	if len(args) > 0 && args[0].IsKnown() && !args[0].IsNull() && wideVerb.MatchString(args[0].AsString()) {
		return errors.New("a width has at most three digits")
	}
	return nil
}

func shortIndent(args []cty.Value) error {
	if len(args) > 0 && args[0].IsKnown() && !args[0].IsNull() && args[0].GreaterThan(cty.NumberIntVal(1000)).True() {
		return errors.New("an indentation is at most 1000")
	}
	return nil
}

func smallProduct(args []cty.Value) error {
	product := 1
	for _, arg := range args {
		if !arg.IsKnown() || arg.IsNull() || !arg.CanIterateElements() {
			return nil // the function itself says what is wrong
		}
		if product *= arg.LengthInt(); product > 100_000 {
			return errors.New("more than 100000 combinations")
		}
	}
	return nil
}
