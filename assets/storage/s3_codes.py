"""The codes of S3's errors, the names of boto3's, and what they mean to whoever has set the store up."""

MISSING = {"404", "NoSuchKey", "NoSuchUpload", "NotFound"}
NO_UPLOADS = {"NotImplemented", "Unimplemented", "501", "NoSuchUpload"}  # what servers say that keep or know none
FULL = {"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507"}
_REFUSED = "it refuses the access key, or what that may do"
_ELSEWHERE = "the region is another one"
_MEANS = {
    "NoSuchBucket": "it has no such bucket",
    "404": "it has no such bucket",
    "AccessDenied": _REFUSED,
    "403": _REFUSED,
    "InvalidAccessKeyId": "it does not know the access key",
    "SignatureDoesNotMatch": "the secret key is wrong",
    "RequestTimeTooSkewed": "the clocks differ",
    "AuthorizationHeaderMalformed": _ELSEWHERE,
    "PermanentRedirect": _ELSEWHERE,
    "301": _ELSEWHERE,
    "NoCredentialsError": "nothing gives an access key for it",
}


def meaning(code: str) -> str:
    """Return the code, and what it means if that is known."""
    return f"{code}: {_MEANS[code]}" if code in _MEANS else code
