// The lists of files. Each module enlivens one side of them; the list itself is the server's.
