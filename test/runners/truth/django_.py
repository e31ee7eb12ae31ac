"""Runs the migrations of a project one by one, up and then down, and marks in the server's log where each begins."""
import os
import sys
import warnings
from urllib.parse import urlsplit

warnings.simplefilter("ignore")
url, folder = sys.argv[1:3]
sys.path.insert(0, folder)
os.environ["DJANGO_SETTINGS_MODULE"] = "site_settings.settings"
import django  # noqa: E402
from django.conf import settings  # noqa: E402

parts = urlsplit(url)
settings.DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path[1:],
        "USER": parts.username,
        "PASSWORD": parts.password,
        "HOST": parts.hostname,
        "PORT": parts.port,
        "ATOMIC_REQUESTS": False,
        "AUTOCOMMIT": True,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {},
        "TIME_ZONE": None,
        "TEST": {},
    }
}
django.setup()
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

executor = MigrationExecutor(connection)
plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
own = [migration for migration, _ in plan if migration.app_label in ("crm", "shop")]


def run(migration, direction, target):
    name = "%s/migrations/%s.py" % (migration.app_label, migration.name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'lockcast %s %s'" % (name, direction))
    try:
        MigrationExecutor(connection).migrate(target)
    except Exception as error:
        print("%s %s: %s" % (name, direction, str(error).splitlines()[0]), file=sys.stderr)


MigrationExecutor(connection).migrate([("auth", executor.loader.graph.leaf_nodes("auth")[0][1])])
for migration in own:
    run(migration, "up", [(migration.app_label, migration.name)])
for migration in reversed(own):
    before = [node.key[1] for node in executor.loader.graph.node_map[(migration.app_label, migration.name)].parents if node.key[0] == migration.app_label]
    run(migration, "down", [(migration.app_label, before[0] if before else None)])
with connection.cursor() as cursor:
    cursor.execute("SELECT 'lockcast end'")
print("Django %s" % django.get_version())
