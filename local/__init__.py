"""A loopback stand-in for the AWS services that the product needs; never imported by `handler/`."""
