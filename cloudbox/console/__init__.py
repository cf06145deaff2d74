"""The site of the administration: its look, its first page, and what no single app can show. A composition root."""
