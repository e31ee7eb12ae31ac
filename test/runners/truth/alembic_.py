"""Runs the revisions of a folder one by one, up and then down, and marks in the server's log where each begins."""
import os
import sys
import warnings

warnings.simplefilter("ignore")
import alembic  # noqa: E402
import sqlalchemy  # noqa: E402
from alembic import command  # noqa: E402
from alembic.config import Config  # noqa: E402
from alembic.script import ScriptDirectory  # noqa: E402

url, folder = sys.argv[1:3]
engine = sqlalchemy.create_engine(url.replace("postgres://", "postgresql://"), poolclass=sqlalchemy.pool.NullPool)
config = Config(os.path.join(folder, "alembic.ini"))
config.set_main_option("script_location", os.path.join(folder, "alembic"))
config.attributes["engine"] = engine
revisions = list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


def mark(words):
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SELECT 'lockcast %s'" % words)


def run(revision, direction, target):
    name = "alembic/versions/" + os.path.basename(revision.path)
    mark("%s %s" % (name, direction))
    try:
        (command.upgrade if direction == "up" else command.downgrade)(config, target)
    except Exception as error:
        print("%s %s: %s" % (name, direction, str(error).splitlines()[0]), file=sys.stderr)


for revision in revisions:
    run(revision, "up", revision.revision)
for revision in reversed(revisions):
    run(revision, "down", revision.down_revision or "base")
mark("end")
print("Alembic %s with SQLAlchemy %s" % (alembic.__version__, sqlalchemy.__version__))
