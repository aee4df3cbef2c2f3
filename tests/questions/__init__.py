"""The golden set: questions as data, what pandas says about the files, and the shares that are answered rightly."""
