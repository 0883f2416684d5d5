"""The grammar, for lark's LALR parser: linear time, no backtracking, no recursion.

The article has no table of operator precedence; it is that of C, as in all samples (otherwise unverified).
Also unverified: `/* */` comments, exponents in numbers, an empty statement (`;;`), a vector in brackets (the article
writes `v = [1,2,3]` in prose). Strings stand in double quotes, have no escapes and stay on their line (unverified).
"""

GRAMMAR = r"""
start: [statement] (";" [statement])*

statement: NAME "=" expression -> assignment
         | expression          -> bare

?expression: disjunction
           | disjunction QUESTION expression ":" expression -> choice

?disjunction: conjunction (OR conjunction)* -> chain
?conjunction: equality (AND equality)* -> chain
?equality: relation ((EQUAL | UNEQUAL) relation)* -> chain
?relation: sum ((LESS | AT_MOST | GREATER | AT_LEAST) sum)* -> chain
?sum: product ((PLUS | MINUS) product)* -> chain
?product: unary ((STAR | SLASH) unary)* -> chain

?unary: (MINUS | NOT) unary -> unary
      | postfix

?postfix: primary
        | postfix "." NAME                      -> member
        | postfix "." NAME "(" [arguments] ")"  -> method

?primary: NUMBER                     -> number
        | STRING                     -> text
        | NAME                       -> name
        | NAME "(" [arguments] ")"   -> call
        | OPEN [arguments] "]"       -> vector
        | "(" expression ")"

arguments: expression ("," expression)*

QUESTION: "?"
OPEN: "["
OR: "||"
AND: "&&"
EQUAL: "=="
UNEQUAL: "!="
LESS: "<"
AT_MOST: "<="
GREATER: ">"
AT_LEAST: ">="
PLUS: "+"
MINUS: "-"
STAR: "*"
SLASH: "/"
NOT: "!"

NAME: /\$?[A-Za-z_][A-Za-z0-9_]*/
NUMBER: /([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?/
STRING: /"[^"\n]*"/

COMMENT.2: /\/\/[^\n]*|\/\*[\s\S]*?\*\//
SPACE: /\s+/
%ignore COMMENT
%ignore SPACE
"""
