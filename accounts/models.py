"""Who you are and how much you may store."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.folding import folded
from cloudbox.ids import new_id


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username_key=folded(username or ""))


class StaffRole(models.TextChoices):
    """What somebody of the staff is there for. A superuser may do all that the others may, and appoints them."""

    SUPPORT = "support"  # accounts, not contents
    FINANCE = "finance"  # quotas and allowances
    OPERATOR = "operator"  # stores, tasks, mail
    SUPERUSER = "superuser"


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
    staff_role = models.CharField(max_length=9, choices=StaffRole, blank=True)  # of the staff, and only of them
    suspended_at = models.DateTimeField(null=True, blank=True)
    token_version = models.PositiveIntegerField(default=0)  # raised to end every token of this user
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        ordering = ("username_key",)
        constraints = [
            models.CheckConstraint(
                condition=Q(is_staff=False, staff_role="") | Q(is_staff=True) & ~Q(staff_role=""),
                name="the_staff_have_a_role",
            ),
        ]

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
    """`bytes` added to an owner's limit from `starts_at` to `ends_at` (open when null).

    One that the staff gave is never edited, only revoked; one of an app is moved by what it comes from, and nothing
    else (accounts.allowances).
    """

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


class AccessKey(models.Model):
    """What a program shows instead of its user's password, and how far that goes.

    As a bearer token it is looked up by its hash; the secret is sealed for those protocols that need it
    (S3 signatures). `folder_id` limits it to what lies in that folder, for the gate to look at.
    """

    class Scope(models.TextChoices):
        READ = "read"
        WRITE = "write"
        DELETE = "delete"
        SHARE = "share"
        DOCUMENTS = "documents"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="access_keys")
    name = models.CharField(max_length=100)
    key_id = models.CharField(max_length=20, unique=True)  # not secret; the access key id of S3
    token_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of the bearer token, hex
    sealed_secret = models.TextField(blank=True)  # empty: not ours to show anybody, such as CLOUDBOX_BLOBS_TOKEN
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope))
    folder_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)  # to some minutes
    last_used_from = models.CharField(max_length=45, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=["read", "write", "delete", "share", "documents"]),
                name="access_key_scopes_are_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.key_id})"


class Team(models.Model):
    """People with whom things are shared at once. `group` is what grants name; it has no permissions of Django's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    owner = models.ForeignKey(User, models.PROTECT, related_name="owned_teams")
    group = models.OneToOneField(Group, models.PROTECT, related_name="team")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class TeamRole(models.TextChoices):
    """The owner decides everything, managers who belongs to the team, members are in it."""

    OWNER = "owner"
    MANAGER = "manager"
    MEMBER = "member"


class Membership(models.Model):
    """Somebody in a team. Their row in the team's group comes and goes with it, in one transaction."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=7, choices=TeamRole, default=TeamRole.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("joined_at", "id")
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="one_membership_in_a_team"),
            models.UniqueConstraint(fields=["team"], condition=Q(role="owner"), name="one_owner_of_a_team"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class Invitation(models.Model):
    """An offer to belong to a team, to one user or to whoever has the address: now, or once they have an account.

    It outlives its team for some weeks, so that what somebody has sent stays countable.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="invitations")
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="invitations")  # or an address
    email = models.EmailField(max_length=254, blank=True)
    email_key = models.CharField(max_length=254, blank=True)
    role = models.CharField(max_length=7, choices=TeamRole, default=TeamRole.MEMBER)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    secret_hash = models.CharField(max_length=64, unique=True)  # SHA-256 of what the link carries, hex
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)  # accepted, declined or withdrawn
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=["team", "email_key"],
                condition=Q(answered_at=None, user=None),
                name="one_open_invitation_of_an_address",
            ),
            models.UniqueConstraint(
                fields=["team", "user"], condition=Q(answered_at=None), name="one_open_invitation_of_a_user"
            ),
            models.CheckConstraint(
                condition=Q(user=None) & ~Q(email_key="") | Q(user__isnull=False, email_key=""),
                name="an_invitation_has_one_addressee",
            ),
            models.CheckConstraint(
                condition=Q(team__isnull=False) | Q(answered_at__isnull=False), name="an_open_invitation_has_a_team"
            ),
        ]
        indexes = [
            models.Index(fields=["email_key"], condition=Q(answered_at=None), name="invitation_by_address"),
            models.Index(fields=["expires_at"], name="invitation_expires"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or self.email} to {self.team_id}"


class Ticket(models.Model):
    """A link that was mailed: good once, for one purpose, until it expires. Only the hash of its secret is kept."""

    class Purpose(models.TextChoices):
        RESET_PASSWORD = "reset_password"  # noqa: S105 - a word, not a secret
        VERIFY_EMAIL = "verify_email"  # also of a new address, which then becomes the user's

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="tickets")
    purpose = models.CharField(max_length=14, choices=Purpose)
    email = models.EmailField(max_length=254, blank=True)  # the address it was made for
    secret_hash = models.CharField(max_length=64, unique=True)  # SHA-256, hex
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["expires_at"], name="ticket_expires")]

    def __str__(self) -> str:
        return f"{self.purpose} for {self.user_id}"
