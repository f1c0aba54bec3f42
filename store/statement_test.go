package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// C109: no statement is put together from what somebody typed: each is a constant, prepared at start.
func TestEveryStatementIsAConstant(t *testing.T) {
	checked := 0
	eachCall(t, func(file, method string, args []ast.Expr) {
		at := -1
		switch method {
		case "read", "write", "change":
			at = 0
		case "Exec", "ExecContext", "QueryContext", "QueryRowContext":
			if len(args) > 1 {
				at = 1
			}
		}
		// where a prepared one is handed on, and where one is made of the names in sealedColumns
		if at < 0 || file == "statement.go" || file == "memory.go" || file == "rotate_rows.go" {
			return
		}
		if checked++; !constant(args[at]) {
			t.Errorf("%s: a statement of %s is no constant", file, method)
		}
	})
	if checked < 20 {
		t.Errorf("only %d statements were checked", checked)
	}
}

// eachCall visits every call of a method in this package's code.
func eachCall(t *testing.T, visit func(file, method string, args []ast.Expr)) {
	t.Helper()
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
			if call, ok := n.(*ast.CallExpr); ok {
				if method, ok := call.Fun.(*ast.SelectorExpr); ok {
					visit(name, method.Sel.Name, call.Args)
				}
			}
			return true
		})
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

// What may be remembered (memory.go) is written by statements that give the merchant another generation, and by no others.
func TestEveryWriteToWhatIsRememberedIsAChange(t *testing.T) {
	remembered := regexp.MustCompile(`(?:INTO|UPDATE|FROM) (people|environments|settings|access_keys|snap_registrations)\b`)
	writes, changes := 0, 0
	eachCall(t, func(file, method string, args []ast.Expr) {
		if (method != "write" && method != "change") || !constant(args[0]) {
			return
		}
		touched := remembered.MatchString(text(args[0]))
		switch {
		case method == "write" && touched:
			t.Errorf("%s: %s must be a change", file, text(args[0]))
		case method == "write":
			writes++
		default:
			changes++
		}
	})
	if writes < 5 || changes < 5 {
		t.Errorf("only %d writes and %d changes were checked", writes, changes)
	}
}

// text gives the literals of an expression.
func text(e ast.Expr) (all string) {
	ast.Inspect(e, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok {
			all += literal.Value
		}
		return true
	})
	return all
}
