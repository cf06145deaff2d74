"""Who you are and how much you may store."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.folding import folded
from cloudbox.ids import new_id


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_key=folded(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """An account. `username_key` and `email_key` are what makes it unique; both are folded on save."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    username = models.CharField(max_length=254)
    username_key = models.CharField(max_length=254, unique=True, editable=False)
    email = models.EmailField(max_length=254, null=True, blank=True)
    email_key = models.CharField(max_length=254, unique=True, null=True, editable=False)
    email_verified_at = models.DateTimeField(null=True, blank=True)

    first_name = models.CharField(max_length=150, blank=True)
    middle_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    country = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    recovery_mail = models.EmailField(max_length=254, blank=True)
    recovery_no = models.CharField(max_length=32, blank=True)
    security_quest = models.CharField(max_length=255, blank=True)
    security_ans = models.CharField(max_length=255, blank=True, help_text="A password hash; never shown.")
    profile_pict = models.ImageField(upload_to="pictures/", null=True, blank=True)
    incoming_pict = models.CharField(max_length=100, blank=True, editable=False)  # stored, waiting to be cropped

    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    suspended_at = models.DateTimeField(null=True, blank=True)
    token_version = models.PositiveIntegerField(default=0)  # raised to end every token of this user
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        ordering = ("username_key",)

    def __str__(self) -> str:
        return self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive_keys()
        super().save(*args, **kwargs)

    def derive_keys(self) -> None:
        """Derive the unique keys from the names."""
        self.username_key = folded(self.username)
        self.email = self.email or None
        self.email_key = folded(self.email) if self.email else None

    @property
    def may_sign_in(self) -> bool:
        return self.is_active and self.suspended_at is None

    def get_session_auth_hash(self) -> str:
        """End a browser's sessions, too, when the token version is raised."""
        return salted_hmac(f"accounts.session.{self.token_version}", self.password, algorithm="sha256").hexdigest()

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.middle_name, self.last_name) if part)


class Session(models.Model):
    """One sign-in: a family of refresh tokens, of which only `refresh_id` counts.

    Whoever presents an older one shows that the token was copied, and the whole session ends
    (RFC 9700 section 4.14.2).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    refresh_id = models.UUIDField(default=new_id)
    created_at = models.DateTimeField(default=timezone.now)
    refreshed_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = [models.Index(fields=["expires_at"], name="session_expires")]

    def __str__(self) -> str:
        return f"{self.user_id} since {self.created_at:%Y-%m-%d %H:%M}"


class Usage(models.Model):
    """What an owner stores, all in bytes.

    `used + reserved <= limit_bytes` decides whether more may come, in one UPDATE that looks at this row
    only. `limit_bytes` holds until `limit_until`, when an allowance begins or ends; whoever changes an
    allowance or the base rewrites both in the same transaction.
    """

    owner = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="usage")
    used = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    base_bytes = models.BigIntegerField(null=True, blank=True, help_text="Empty: the default of this server.")
    limit_bytes = models.BigIntegerField()
    limit_until = models.DateTimeField(null=True, blank=True)
    warned_percent = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name_plural = "usage"
        constraints = [
            models.CheckConstraint(condition=Q(used__gte=0), name="used_is_not_negative"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.used} of {self.limit_bytes} bytes"

    @property
    def free_bytes(self) -> int:
        return max(0, self.limit_bytes - self.used - self.reserved)


class Allowance(models.Model):
    """`bytes` added to an owner's limit from `starts_at` to `ends_at` (open when null). Never edited, only revoked."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(User, models.CASCADE, related_name="allowances")
    bytes = models.PositiveBigIntegerField()
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=255, unique=True)  # what it comes from; a payment can give only one
    reason = models.CharField(max_length=255, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="allowance_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bytes} bytes from {self.source}"
