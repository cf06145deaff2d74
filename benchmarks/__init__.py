"""What CloudBox's speed is, each time as a ratio to a peer or to a limit of the machine, in one run."""
