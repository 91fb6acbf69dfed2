"""One module a notebook, `nbNN`: its exercises with reference answers and known wrong ones."""
