"""What is asked: parameters, bodies, cursors, preconditions, keys."""
