"""Settings, all read from the environment (and `.env`), failing loudly on a bad value.

`.env.example` lists every one with its meaning. Nothing here has a secret or password as default outside DEBUG.
"""

from datetime import timedelta

from celery.schedules import crontab

from config.environment import (
    BASE_DIR,
    env,
    read,
    read_bool,
    read_broker,
    read_choice,
    read_database,
    read_databases,
    read_email,
    read_hour,
    read_int,
    read_keys,
    read_origins,
    read_people,
    read_secrets,
    read_time_zone,
    refuse,
)
from config.looks import UNFOLD as UNFOLD

if read_bool("READ_DOTENV", True):
    env.read_env(BASE_DIR / ".env")

# Safety ---------------------------------------------------------------------------------------------------

DEBUG = read_bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", default="only-for-development-never-for-a-live-system" if DEBUG else "")
if len(SECRET_KEY) < 32:
    raise refuse(
        "SECRET_KEY",
        "it is missing or shorter than 32 characters.",
        'Make one: python -c "import secrets; print(secrets.token_urlsafe(50))".',
    )
ALLOWED_HOSTS = read(
    "ALLOWED_HOSTS", env.list, ["localhost", "127.0.0.1", "[::1]"] if DEBUG else [], "a comma-separated list"
)
CSRF_TRUSTED_ORIGINS = read_origins("CSRF_TRUSTED_ORIGINS")

BEHIND_HTTPS = read_bool("BEHIND_HTTPS", not DEBUG)
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if BEHIND_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = read_int("MAX_BODY_BYTES", 1_048_576, minimum=1024)

# What it is made of ---------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "simple_history",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "knox",
    "axes",
    "accounts",
    "operations",
    "routes",
    "billing",
    "subscriptions",
    "cashback",
]
MIDDLEWARE = [
    "accounts.middleware.RequestAuditMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.TenantTimeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.maintenance.MaintenanceMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
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
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static_collected"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Data -----------------------------------------------------------------------------------------------------

DATABASES = {"default": read_database("DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'roundsman.sqlite3'}")}
# More databases by name, for commands that take --database: {"north": "postgres://…"}.
DATABASES |= read_databases("INSTANCE_DATABASE_URLS")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
VAR_DIR = BASE_DIR / "var"

SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_DATE_INDEX = False  # the as-of index of accounts.history serves instead
SIMPLE_HISTORY_REVERT_DISABLED = True

# Language and time ----------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["config.formats"]
USE_TZ = True
TIME_ZONE = read_time_zone("TIME_ZONE", "UTC")

# Who may log in -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.permissions.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"  # for who opens the log-in page itself
AXES_FAILURE_LIMIT = read_int("LOGIN_FAILURE_LIMIT", 5, minimum=1)
AXES_COOLOFF_TIME = timedelta(minutes=read_int("LOGIN_COOLOFF_MINUTES", 15, minimum=1))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # guessing on does not lengthen the lock
AXES_USERNAME_CALLABLE = "accounts.lockout.guessed_email"
AXES_CLIENT_IP_CALLABLE = "accounts.lockout.client_address"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.answer_locked_out"
AXES_DISABLE_ACCESS_LOG = True  # it would make a session for every log-in by API; `last_login` and the log tell
AXES_VERBOSE = False
PROXY_COUNT = read_int("PROXY_COUNT", 0)
REST_KNOX = {
    "TOKEN_TTL": timedelta(hours=read_int("TOKEN_HOURS", 12, minimum=1)),
    "TOKEN_LIMIT_PER_USER": None,
    "AUTH_HEADER_PREFIX": "Bearer",
    "TOKEN_PREFIX": "rdm_",  # so that logs and secret scanners can tell a token from a checksum
    "AUTO_REFRESH": False,
}

# The API --------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsers.StrictJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "config.api.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.Schema",
    "EXCEPTION_HANDLER": "config.api.errors.answer_error",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Roundsman API",
    "DESCRIPTION": "Sales, routes and payments of a business that sells on rounds, and the safe repair of its data.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "ENUM_NAME_OVERRIDES": {
        "RouteStatus": "routes.models.Route.Status",
        "SaleStatus": "billing.models.Sale.Status",
        "PaymentStatus": "billing.models.Payment.Status",
        "PaymentChannel": "billing.models.Payment.Channel",
        "InvoiceStatus": "billing.models.Invoice.Status",
        "BulkOperationKind": "billing.models.BulkOperation.Kind",
        "BulkOperationStatus": "billing.models.BulkOperation.Status",
        "BulkItemOutcome": "billing.models.BulkOperationItem.Outcome",
        "DailyOrderStatus": "subscriptions.models.DailyOrder.Status",
        "StandingOrderChangeKind": "subscriptions.models.StandingOrderChange.Kind",
        "InvoiceSource": "billing.models.Invoice.Source",
        "CreditKind": "billing.models.Credit.Kind",
        "GatewayEventKind": "billing.models.GatewayEvent.Kind",
        "GatewayEventOutcome": "billing.models.GatewayEvent.Outcome",
        "BackfillRunStatus": "operations.models.BackfillRun.Status",
        "AccountEventKind": "billing.selectors.account_events.KINDS",
        "InternetPlanStatus": "subscriptions.models.InternetPlan.Status",
        "SubscriberStatus": "subscriptions.models.Subscriber.Status",
        "DataUnit": "subscriptions.models.internet_plan.UNITS",
        "SystemAccount": "cashback.models.SystemAccount",
        "PayoutKind": "cashback.models.PayoutKind",
        "LoanStatus": "cashback.models.Loan.Status",
        "LoanPaymentStatus": "cashback.models.LoanPayment.Status",
        "LoanPaymentType": "cashback.api.loan_payments.PAYMENT_TYPES",
        "LoanPaymentMethod": "cashback.models.LoanPayment.Method",
        "RedemptionStatus": "cashback.models.CashbackRedemption.Status",
        "TrackerEntryStatus": "cashback.models.TrackerEntry.Status",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.api.schema.add_error_schema",
    ],
}

# Work in the background -----------------------------------------------------------------------------------

CELERY_BROKER_URL = read_broker("CELERY_BROKER_URL", "filesystem://")
if CELERY_BROKER_URL.startswith("filesystem://"):
    BROKER_DIR = env.str("BROKER_DIR", default=str(VAR_DIR / "broker"))
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": BROKER_DIR,
        "data_folder_out": BROKER_DIR,
        "control_folder": f"{BROKER_DIR}-control",
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 24 * 3600}
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "check-books": {"task": "operations.check_books", "schedule": timedelta(hours=1)},
    "resume-invoicings": {"task": "subscriptions.resume_invoicings", "schedule": timedelta(minutes=5)},
    "sweep-expired-tokens": {"task": "accounts.sweep_expired_tokens", "schedule": timedelta(hours=1)},
    "monitor-data-cap-usage": {"task": "services.monitor_data_cap_usage", "schedule": timedelta(hours=1)},
}

# Backups --------------------------------------------------------------------------------------------------

BACKUP_DIR = env.path("BACKUP_DIR", default=str(VAR_DIR / "backups"))
PG_BIN = env.str("PG_BIN", default="")
BACKUP_MAX_AGE_HOURS = read_int("BACKUP_MAX_AGE_HOURS", 0)  # 0: an execute needs no backup
BACKUP_HOUR = read_hour("BACKUP_HOUR", "off" if DEBUG else "2")  # of every day, by TIME_ZONE
BACKUP_KEEP_DAYS = read_int("BACKUP_KEEP_DAYS", 14, minimum=1)
if BACKUP_HOUR is not None:
    CELERY_BEAT_SCHEDULE["daily-backup"] = {
        "task": "operations.daily_backup",
        "schedule": crontab(hour=str(BACKUP_HOUR), minute="0"),
    }

# Payments -------------------------------------------------------------------------------------------------

SIMULATED_PAYMENTS = read_bool("SIMULATED_PAYMENTS", DEBUG)  # payments that are no money; never on a live system
GATEWAY_SECRETS = read_secrets("GATEWAY_SECRETS")

# Payouts ----------------------------------------------------------------------------------------------------

# What identifies the account that somebody is paid out to is sealed with the first key; the others open what they sealed before.
PAYOUT_KEYS = read_keys("PAYOUT_KEYS", "b25seS1mb3ItZGV2ZWxvcG1lbnQtbmV2ZXItbGl2ZSE=" if DEBUG else "")

# Backfills ------------------------------------------------------------------------------------------------

BACKFILL_STALE_SECONDS = read_int("BACKFILL_STALE_SECONDS", 30, minimum=1)

# Usage of internet plans ----------------------------------------------------------------------------------

USAGE_GRACE_HOURS = read_int("USAGE_GRACE_HOURS", 48)
USAGE_LATE_DAYS = read_int("USAGE_LATE_DAYS", 92)
USAGE_PARK_MONTHLY_PRICES = read_int("USAGE_PARK_MONTHLY_PRICES", 5)  # 0: no charge is too high for its plan
USAGE_PARK_MEDIANS = read_int("USAGE_PARK_MEDIANS", 10)  # 0: no charge is unusual
USAGE_MISSING_LINKS_PERCENT = read_int("USAGE_MISSING_LINKS_PERCENT", 5)
CELERY_BEAT_SCHEDULE["process-usage-billing"] = {
    "task": "services.process_usage_billing",
    "schedule": crontab(hour="3", minute="30"),
}

# Mail and logs --------------------------------------------------------------------------------------------

vars().update(read_email("EMAIL_URL", "consolemail://"))
ADMINS = read_people("ADMINS")
LOG_LEVEL = read_choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), "a log level")
LOG_FORMAT = read_choice("LOG_FORMAT", "text" if DEBUG else "json", ("json", "text"), "a format of logs")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # else workers would log in Celery's own words, without our ids and masks
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "accounts.logs.JsonFormatter"}, "text": {"()": "accounts.logs.TextFormatter"}},
    "filters": {"quiet_on_terminals": {"()": "accounts.logs.QuietOnTerminals"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["quiet_on_terminals"]},
        "server": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "roundsman": {"level": LOG_LEVEL},
        "django.server": {"handlers": ["server"], "level": "INFO", "propagate": False},
        "axes": {"level": "ERROR"},
    },
}
