"""What there is: the sample systems, their fields as files, and any lrfit file, described."""
