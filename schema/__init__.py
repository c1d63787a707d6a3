"""What goes in and out: marshmallow schemas, one module a resource, and the vocabularies."""
