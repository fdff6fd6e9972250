package spec

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The HCL library parses and evaluates by recursion, which a file of a few megabytes of "((((" or "1+1+1+" turns into a stack
// overflow that nothing can catch. So tokens are counted before they are parsed.
const (
	nestingLimit  = 200  // open brackets, quotes and ${ at one place
	operatorLimit = 1000 // operators in one expression, at one level
)

// tangled returns the first place where expressions nest too deep or grow too long, nil if there is none.
func tangled(tokens hclsyntax.Tokens) *hcl.Range {
	operators := make([]int, 1, nestingLimit) // per open level
	newline := false
	for i := range tokens {
		level := len(operators) - 1
		kind := tokens[i].Type
		// Inside of a `for` a line break ends nothing, so one that an operator follows is not trusted to.
		if newline && !isOperator(kind) && kind != hclsyntax.TokenNewline {
			operators[level] = 0
		}
		newline = kind == hclsyntax.TokenNewline && (i == 0 || !isOperator(tokens[i-1].Type))
		if isOperator(kind) {
			operators[level]++
		}
		switch {
		case kind == hclsyntax.TokenComma:
			operators[level] = 0
		case opens(kind):
			operators = append(operators, 0)
		case closes(kind) && level > 0:
			operators = operators[:level]
		}
		if len(operators) > nestingLimit || operators[len(operators)-1] > operatorLimit || operators[min(level, len(operators)-1)] > operatorLimit {
			return &tokens[i].Range
		}
	}
	return nil
}

func opens(kind hclsyntax.TokenType) bool {
	switch kind {
	case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOQuote,
		hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
		return true
	}
	return false
}

func closes(kind hclsyntax.TokenType) bool {
	switch kind {
	case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCQuote,
		hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
		return true
	}
	return false
}

// isOperator reports whether a token can make an expression go on. %{ counts because its directives nest without brackets.
func isOperator(kind hclsyntax.TokenType) bool {
	switch kind {
	case hclsyntax.TokenPlus, hclsyntax.TokenMinus, hclsyntax.TokenStar, hclsyntax.TokenSlash, hclsyntax.TokenPercent,
		hclsyntax.TokenBang, hclsyntax.TokenAnd, hclsyntax.TokenOr, hclsyntax.TokenEqualOp, hclsyntax.TokenNotEqual,
		hclsyntax.TokenLessThan, hclsyntax.TokenLessThanEq, hclsyntax.TokenGreaterThan, hclsyntax.TokenGreaterThanEq,
		hclsyntax.TokenQuestion, hclsyntax.TokenColon, hclsyntax.TokenDot, hclsyntax.TokenOBrack,
		hclsyntax.TokenTemplateControl:
		return true
	}
	return false
}
