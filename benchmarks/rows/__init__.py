"""The rows of the table, each a module that gives its figures."""
