"""The program that is sent runs with a host's own Python 3.8: nothing in it that only later ones can."""

import ast
from importlib.resources import files

import pytest

MODULES = {path.name: path.read_text() for path in files("rigprov.verify.host").iterdir() if path.name.endswith(".py")}
BUILT_IN = {"dict", "frozenset", "list", "set", "tuple", "type"}


class Bare(ast.NodeTransformer):
    """Takes annotations away: they are never evaluated."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg):
            if argument is not None:
                argument.annotation = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        return self.generic_visit(ast.Expr(node.value or ast.Constant(None)))


@pytest.mark.parametrize("name", MODULES)
def test_it_can_be_parsed(name: str) -> None:
    ast.parse(MODULES[name], feature_version=(3, 8))


@pytest.mark.parametrize("name", [name for name in MODULES if name != "__init__.py"])
def test_no_generic_type_is_made_at_run_time(name: str) -> None:
    tree = ast.parse(MODULES[name])
    imported = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert any(node.module == "__future__" for node in imported)
    abstract = {alias.name for node in imported if node.module == "collections.abc" for alias in node.names}
    generic = abstract | BUILT_IN
    made = [node for node in ast.walk(Bare().visit(tree)) if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)]
    assert [ast.unparse(node) for node in made if isinstance(node.value, ast.Name) and node.value.id in generic] == []
