"""The process port: processes, units, commands, psutil, environment."""
