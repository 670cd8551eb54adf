"""The pages, for every kind of person. Knows no rule of the field: it asks the other services and shows what they say."""
