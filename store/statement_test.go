package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// C109: no statement is put together from what somebody typed: each is a constant, prepared at start.
func TestEveryStatementIsAConstant(t *testing.T) {
	checked := 0
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			at := -1
			switch method.Sel.Name {
			case "read", "write", "change":
				at = 0
			case "ExecContext", "QueryContext", "QueryRowContext":
				if len(call.Args) > 1 {
					at = 1
				}
			}
			if at >= 0 && name != "statement.go" && name != "memory.go" {
				if checked++; !constant(call.Args[at]) {
					t.Errorf("%s: a statement of %s is no constant", name, method.Sel.Name)
				}
			}
			return true
		})
	}
	if checked < 20 {
		t.Errorf("only %d statements were checked", checked)
	}
}

// constant reports whether an expression is made of literals and named constants alone.
func constant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return strings.HasSuffix(e.Name, "Columns")
	case *ast.BinaryExpr:
		return constant(e.X) && constant(e.Y)
	}
	return false
}
