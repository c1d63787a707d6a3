"""What stands before Flask: the log, measurements, rate limits, finished answers."""
