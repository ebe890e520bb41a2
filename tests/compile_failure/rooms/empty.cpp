// A room needs a source.
