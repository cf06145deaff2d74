"""Every setting of CloudBox, read from the environment and `.env`; docs/settings.md explains them.

An empty environment gives a development server on one machine.
"""

import hashlib
import hmac
import os
from pathlib import Path

from kombu import Queue

from cloudbox import __version__, environment, logs, mailing, paying, production, providers, stores
from cloudbox.console import theme

BASE_DIR = Path(__file__).resolve().parent.parent
env = ENVIRONMENT = environment.Environment(environment.variables(BASE_DIR / ".env"))

# The installation

CLOUDBOX_ENV = env.choice("CLOUDBOX_ENV", "development", choices=("development", "production"))
PRODUCTION = CLOUDBOX_ENV == "production"
DEBUG = env.flag("DEBUG", "false")
CLOUDBOX_DOOR = env.choice("CLOUDBOX_DOOR", "web", choices=("web", "s3"))
CLOUDBOX_DATA = env.path("CLOUDBOX_DATA", "var", base=BASE_DIR)
env.text("CLOUDBOX_VENV")  # where manage.py keeps its environment; read before this file can be
CLOUDBOX_LOG_LEVEL = env.choice("CLOUDBOX_LOG_LEVEL", "info", choices=("debug", "info", "warning", "error"))
PORT = env.number("PORT", "8000", least=1, most=65535)
CLOUDBOX_UPGRADE_DUMP = env.flag("CLOUDBOX_UPGRADE_DUMP", "true")
WORKERS = env.number("WORKERS", "0", least=0, most=1024) or os.cpu_count() or 1  # web processes
CLOUDBOX_THREADS = env.number("CLOUDBOX_THREADS", "128", least=4, most=1024)  # of each web process

# Addresses

_origin = env.origin("CLOUDBOX_URL", f"http://127.0.0.1:{PORT}")
CLOUDBOX_URL = _origin.geturl()
_own_host = _origin.netloc.removesuffix(f":{_origin.port}")
_https = _origin.scheme == "https"
ALLOWED_HOSTS = [_own_host] if PRODUCTION else [_own_host, "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [CLOUDBOX_URL]
CLOUDBOX_PROXIES = env.items("CLOUDBOX_PROXIES", environment.network)
CORS_ALLOWED_ORIGINS = env.items("CLOUDBOX_CORS_ORIGINS", environment.origin)
CORS_URLS_REGEX = r"^/(api|data|v1|users)/"
CORS_ALLOW_HEADERS = [
    *("accept", "authorization", "content-type", "idempotency-key", "range", "x-request-id"),
    *("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"),
    "x-cloudbox-link-pass",
    *("content-digest", "repr-digest", "content-md5", "x-expected-entity-length"),
    *("tus-resumable", "upload-checksum", "upload-concat", "upload-defer-length", "upload-length", "upload-metadata"),
    *("upload-offset", "x-http-method-override", "x-requested-with"),
]
CORS_EXPOSE_HEADERS = [
    *("accept-ranges", "content-disposition", "content-range", "etag", "last-modified", "location"),
    *("repr-digest", "retry-after", "x-request-id"),
    *("ratelimit-limit", "ratelimit-policy", "ratelimit-remaining", "ratelimit-reset"),
    *("tus-checksum-algorithm", "tus-extension", "tus-max-size", "tus-resumable", "tus-version"),
    *("upload-concat", "upload-defer-length", "upload-expires", "upload-length", "upload-metadata", "upload-offset"),
    "x-cloudbox-file",
]
CLOUDBOX_ACCEL = env.flag("CLOUDBOX_ACCEL", "false")

# Secrets

DEVELOPMENT_SECRET = "insecure-development-key-for-a-server-that-nobody-else-reaches"  # noqa: S105 - production refuses it
_jwt_secret = env.text("JWT_SECRET_KEY", secret=True)
SECRET_KEY = env.text("SECRET_KEY", _jwt_secret or DEVELOPMENT_SECRET, secret=True)
JWT_SIGNING_KEY = hmac.new((_jwt_secret or SECRET_KEY).encode(), b"cloudbox tokens", hashlib.sha256).hexdigest()
CLOUDBOX_ADMIN_PASSWORD = env.text("CLOUDBOX_ADMIN_PASSWORD", secret=True)  # of the first staff account
CLOUDBOX_KEYS_SECRETS = env.items("CLOUDBOX_KEYS_SECRETS", str, secret=True)  # that seal access keys, the newest first
CLOUDBOX_BLOBS_TOKEN = env.token("CLOUDBOX_BLOBS_TOKEN")  # an access key by the operator's choice
production.refuse_twice(CLOUDBOX_BLOBS_TOKEN, used=[SECRET_KEY, _jwt_secret, JWT_SIGNING_KEY, *CLOUDBOX_KEYS_SECRETS])

# Who vouches for people

CLOUDBOX_PROVIDERS = providers.all_providers(env)
CLOUDBOX_OAUTH_REDIRECTS = providers.all_redirects(env, CLOUDBOX_URL, CLOUDBOX_PROVIDERS)

# Accounts, files, bodies

CLOUDBOX_REGISTRATION = env.choice("CLOUDBOX_REGISTRATION", "open", choices=("open", "closed"))
CLOUDBOX_PASSWORD_POLICY = env.choice("CLOUDBOX_PASSWORD_POLICY", "strict", choices=("strict", "compat"))
CLOUDBOX_STAFF_TWO_FACTOR = env.choice(
    "CLOUDBOX_STAFF_TWO_FACTOR", "production", choices=("production", "true", "false")
)
STAFF_NEED_TWO_FACTOR = CLOUDBOX_STAFF_TWO_FACTOR == "true" or (PRODUCTION and CLOUDBOX_STAFF_TWO_FACTOR != "false")
CLOUDBOX_ACCESS_MINUTES = env.number("CLOUDBOX_ACCESS_MINUTES", "15", least=1, most=60)  # an access token's life
CLOUDBOX_RATE_PER_ADDRESS = env.rate("CLOUDBOX_RATE_PER_ADDRESS", "off")
CLOUDBOX_RATE_PER_KEY = env.rate("CLOUDBOX_RATE_PER_KEY", "off")  # per access key, and per user who is signed in
CLOUDBOX_DEFAULT_QUOTA = env.size("CLOUDBOX_DEFAULT_QUOTA", "5 GiB")
CLOUDBOX_TRASH_DAYS = env.number("CLOUDBOX_TRASH_DAYS", "30", least=1, most=3650)
CLOUDBOX_VERSIONS_KEPT = env.number("CLOUDBOX_VERSIONS_KEPT", "20", least=1, most=10_000)  # of one file
CLOUDBOX_VERSIONS_DAYS = env.number("CLOUDBOX_VERSIONS_DAYS", "90", least=1, most=3650)
CLOUDBOX_UPLOAD_LEASE = env.number("CLOUDBOX_UPLOAD_LEASE", "120", least=2, most=3600)  # seconds; a dead upload's room
CLOUDBOX_PREVIEWS = env.flag("CLOUDBOX_PREVIEWS", "true")
CLOUDBOX_PREVIEW_LIMIT = env.size("CLOUDBOX_PREVIEW_LIMIT", "2 GiB", least=1024)  # of the file
CLOUDBOX_PREVIEW_PIXELS = env.number("CLOUDBOX_PREVIEW_PIXELS", "100000000", least=10_000, most=1_000_000_000)
CLOUDBOX_PREVIEW_MEMORY = env.size("CLOUDBOX_PREVIEW_MEMORY", "1 GiB", least=256 * 2**20)
CLOUDBOX_PREVIEW_SECONDS = env.number("CLOUDBOX_PREVIEW_SECONDS", "60", least=1, most=600)  # of the processor
CLOUDBOX_MAX_JSON = env.size("CLOUDBOX_MAX_JSON", "1 MiB", least=1024)
CLOUDBOX_BODIES_PER_CLIENT = env.number("CLOUDBOX_BODIES_PER_CLIENT", "64", least=1, most=1024)
CLOUDBOX_MAX_BLOB = env.size("CLOUDBOX_MAX_BLOB", "64 MiB", least=1024)  # one that comes as base64 in JSON
DATA_UPLOAD_MAX_MEMORY_SIZE = CLOUDBOX_MAX_JSON
MEDIA_ROOT = CLOUDBOX_DATA / "media"
MEDIA_URL = "/media/"

# Stores by name, each a URL that begins with its kind

_spool = env.text("CLOUDBOX_SPOOL", "var/spool")
_spool_path = CLOUDBOX_DATA / "spool" if _spool == "var/spool" else BASE_DIR / Path(_spool).expanduser()
CLOUDBOX_SPOOL = None if _spool == "off" else _spool_path
CLOUDBOX_STORES = stores.all_stores(env, CLOUDBOX_DATA, BASE_DIR, CLOUDBOX_SPOOL)
CLOUDBOX_STORE = stores.chosen_store(env, CLOUDBOX_STORES)
STORAGES = stores.django_storages(CLOUDBOX_STORES[CLOUDBOX_STORE])
CLOUDBOX_S3_REDIRECT = env.flag("CLOUDBOX_S3_REDIRECT", "false")
CLOUDBOX_SPOOL_LIMIT = env.size("CLOUDBOX_SPOOL_LIMIT", "50 GiB")
CLOUDBOX_SCRUB_DAYS = env.number("CLOUDBOX_SCRUB_DAYS", "30", least=0, most=3650)  # 0: nothing is read back
CLOUDBOX_SCRUB_RATE = env.size("CLOUDBOX_SCRUB_RATE", "20 MiB", least=1024)  # bytes a second
CLOUDBOX_MOVE_CHECK = env.choice("CLOUDBOX_MOVE_CHECK", "read", choices=("read", "digest"))

# PostgreSQL

DATABASE_URL = env.url(
    "DATABASE_URL",
    environment.database_url(env) or f"postgresql://cloudbox@/cloudbox?host={CLOUDBOX_DATA}/run",
    schemes=("postgresql", "postgres"),
)
# The pool keeps the connections; our engine notices one that PostgreSQL has dropped before it is used.
DATABASES = {"default": {**environment.database(DATABASE_URL), "ENGINE": "cloudbox.database", "CONN_MAX_AGE": 0}}
DATABASES["default"]["OPTIONS"] |= {
    "pool": {
        "min_size": 0,
        "max_size": env.number("CLOUDBOX_DB_POOL", "8", least=1, most=100),
        "timeout": 10,  # seconds until a request that gets no connection is answered 503
    },
    "server_side_binding": True,
    "prepare_threshold": 3,
    "application_name": "cloudbox",
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: tasks in the database that REDIS_URL names, the cache and the limiters in the next one

REDIS_URL = env.url("REDIS_URL", f"unix://{CLOUDBOX_DATA}/run/redis.sock", schemes=("redis", "rediss", "unix"))
CELERY_BROKER_URL, CACHE_URL = environment.redis_databases(REDIS_URL)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "cloudbox",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 5},
    }
}

# Celery: a task that is longer than the visibility timeout would run twice at the same time

_visible_again_after = {"visibility_timeout": 3600}  # seconds
CELERY_VISIBILITY_TIMEOUT = 3600
CELERY_BROKER_TRANSPORT_OPTIONS = {
    **_visible_again_after,
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
    "socket_keepalive": True,
    "global_keyprefix": "cloudbox:",
}
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = _visible_again_after
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_RETRY_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = None  # nothing is stored, so beat need not clean it up
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = 3000  # seconds
CELERY_TASK_TIME_LIMIT = 3300
CELERY_TASK_QUEUES = [
    Queue(name, routing_key=name) for name in ("celery", "moves", "previews", "webhooks")
]  # a worker takes all, or `-Q` some
CELERY_TASK_ROUTES = {
    "activity.deliver": {"queue": "webhooks"},
    "assets.move_blob": {"queue": "moves"},
    "assets.make_preview": {"queue": "previews"},
    "assets.take_up_previews": {"queue": "previews"},  # by whoever knows whether ffmpeg is there
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30  # seconds
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 512 * 1024  # KiB
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
DJANGO_CELERY_BEAT_TZ_AWARE = True

# Mail: without a server, one file for each mail in the data directory

CLOUDBOX_MAILING = mailing.mailing(env, CLOUDBOX_DATA / "mail")
vars().update(CLOUDBOX_MAILING.django)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("CLOUDBOX_MAIL_FROM", f"CloudBox <cloudbox@{_origin.hostname}>")

# News, and the addresses that people have called with it

CLOUDBOX_LISTENERS = env.number("CLOUDBOX_LISTENERS", "0", least=0, most=512) or max(CLOUDBOX_THREADS // 4, 1)
CLOUDBOX_WEBHOOK_HTTP = env.flag("CLOUDBOX_WEBHOOK_HTTP", "false")
CLOUDBOX_WEBHOOK_PRIVATE = env.items("CLOUDBOX_WEBHOOK_PRIVATE", environment.network)

# Money

CLOUDBOX_PAYING = paying.paying(env, production=PRODUCTION, own=_origin, port=PORT, secret=SECRET_KEY)
CLOUDBOX_BILLING = CLOUDBOX_PAYING.billing
env.text("CLOUDBOX_SIMULATOR_WEBHOOK")  # where the simulator sends webhooks; asked by what starts it
CLOUDBOX_GRACE_DAYS = env.number("CLOUDBOX_GRACE_DAYS", "7", least=0, most=365)  # after what was paid for has ended
CLOUDBOX_SELLER = env.text("CLOUDBOX_SELLER", "CloudBox")  # on receipts: lines are separated by |

# Django

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "cloudbox.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "django_htmx",
    "django_structlog",
    "django_celery_beat",
    "guardian",
    "social_django",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "cloudbox",
    "accounts",
    "jobs",
    "activity",
    "assets",
    "payments",
    "web",
]
MIDDLEWARE = [
    "cloudbox.middleware.real_address",
    "cloudbox.middleware.request_log",
    "cloudbox.middleware.honest_end",
    "cloudbox.middleware.private",
    "cloudbox.static_files.CompressedPages",
    "django.middleware.security.SecurityMiddleware",
    "cloudbox.middleware.ContentSecurityPolicy",
    "cloudbox.problems.Problems",
    "cloudbox.middleware.well_formed",
    "cloudbox.static_files.StaticFiles",
    "cloudbox.middleware.Cors",
    "accounts.rates.Limited",
]
if CLOUDBOX_DOOR == "web":  # the S3 door has no browsers, so no sessions
    MIDDLEWARE += [
        "cloudbox.middleware.Sessions",
        "cloudbox.middleware.Csrf",
        "cloudbox.middleware.Users",
        "accounts.browsers.living",
        "cloudbox.middleware.Messages",
        "django.middleware.locale.LocaleMiddleware",
        "django_htmx.middleware.HtmxMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ]
ROOT_URLCONF = "cloudbox.urls"
WSGI_APPLICATION = "cloudbox.wsgi.application"
APPEND_SLASH = False  # a redirect would drop the body of a POST
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # those that locale/ has
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["cloudbox.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # so no collectstatic is needed

UNFOLD = theme.UNFOLD

# Who somebody is

AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # the username is unique by its folded key
    "guardian.W001",  # the gate decides, not a backend of guardian
]
ANONYMOUS_USER_NAME = None  # guardian would insert a user of that name
PASSWORD_HASHERS = ["accounts.hashers.SmallArgon2"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "accounts.passwords.HousePolicy"}]
SIMPLE_JWT = {"TOKEN_TYPE_CLAIM": "type"}  # the rest is in accounts.tokens
AUTHENTICATION_BACKENDS = ["accounts.backends.AccountBackend"]
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = 0  # it grows without end; accounts.limiter does not
OTP_TOTP_SYNC = False  # a clock may be wrong by one step, and no more in time

# Browsers

LOGIN_REDIRECT_URL = "admin:index"  # for the theme's form, which names none; people go on to their account
SESSION_COOKIE_NAME = f"cloudbox_session_{PORT}"  # cookies are not kept apart by port
CSRF_COOKIE_NAME = f"cloudbox_csrf_{PORT}"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION and _https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "cloudbox.problems.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
ADMIN_CONTENT_SECURITY_POLICY = {"script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]}

# The API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.Credentials"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.authentication.SignedIn"],
    "DEFAULT_PARSER_CLASSES": ["cloudbox.rest.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["cloudbox.rest.JsonRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "cloudbox.rest.AlwaysJson",
    "DEFAULT_SCHEMA_CLASS": "cloudbox.openapi.Operations",
    "EXCEPTION_HANDLER": "cloudbox.problems.exception_handler",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "CloudBox",
    "DESCRIPTION": "Folders, files and their sharing, by id. Errors are RFC 9457 problem details; see /api/errors.",
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "PREPROCESSING_HOOKS": [],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "cloudbox.openapi.add_plain_views",
        "cloudbox.openapi.add_house_rules",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AnyOneAccess": ["restricted", "viewer", "editor"],
        "AssetOutRoleEnum": ["viewer", "editor", "owner"],
        "CollaboratorOutRoleEnum": ["viewer", "editor"],
        "LinkRole": ["viewer", "editor", "add"],
        "TeamRole": ["member", "manager", "owner"],
        "OfferedTeamRole": ["member", "manager"],
        "Currency": "payments.words.Currency",
        "PaymentMode": "payments.words.Mode",
    },
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": True,
}

DJANGO_STRUCTLOG_CELERY_ENABLED = True
LOGGING = logs.configuration(CLOUDBOX_LOG_LEVEL)
DEFAULT_EXCEPTION_REPORTER_FILTER = "cloudbox.debug_page.Reticent"

if PRODUCTION:
    production.refuse_insecure(
        production.Choices(
            secrets={"SECRET_KEY": SECRET_KEY}
            | ({"JWT_SECRET_KEY": _jwt_secret} if _jwt_secret else {})
            | ({"CLOUDBOX_KEYS_SECRETS": min(CLOUDBOX_KEYS_SECRETS, key=len)} if CLOUDBOX_KEYS_SECRETS else {}),
            blobs_token=CLOUDBOX_BLOBS_TOKEN,
            default_secret=SECRET_KEY == DEVELOPMENT_SECRET,
            debug=DEBUG,
            url=_origin,
            url_given=bool(env.known["CLOUDBOX_URL"].given),
            cors_origins=CORS_ALLOWED_ORIGINS,
            short_passwords=CLOUDBOX_PASSWORD_POLICY == "compat",  # noqa: S105 - the name of a policy
        )
    )
