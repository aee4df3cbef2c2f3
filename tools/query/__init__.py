"""A question and a finished report come in; a typed query and a checked answer go out."""
