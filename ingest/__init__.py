"""Read plans from documents: decode bytes to text, find numbers in the text, write a plan file and a review page."""
