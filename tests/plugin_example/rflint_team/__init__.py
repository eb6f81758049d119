"""What our team adds to rflint."""
