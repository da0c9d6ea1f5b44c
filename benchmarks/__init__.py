"""What is fast, proved beside a floor that is measured in the same run."""
