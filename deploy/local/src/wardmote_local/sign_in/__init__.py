"""A sign-in page for each demo council: oidc-provider-mock, one issuer on each port. It asks for no password: for this machine alone."""
