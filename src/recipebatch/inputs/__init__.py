"""What a recipe takes from outside its own text: local files, and tasks that a factory of the user makes."""
