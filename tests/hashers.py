"""A password hash that is fast and counts how often it is computed."""

from django.contrib.auth.hashers import MD5PasswordHasher


class Counted(MD5PasswordHasher):
    algorithm = "counted"
    computed = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).computed += 1
        return super().encode(password, salt)
