# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQLite under services that were written for MySQL: many threads, many writers, no "database is locked"."""

import sqlalchemy
from oslo_db.sqlalchemy import enginefacade, engines

WRITER = "testcloud_writer"


def install():
    """Make each writer transaction of oslo.db take the write lock at its start, where SQLite waits for it.

    A transaction that has read and then wants to write cannot wait: SQLite refuses at once when somebody else wrote
    in between. Readers stay deferred: in WAL mode they block nobody.
    """
    factory = enginefacade._TransactionFactory
    create_session, create_connection = factory._create_session, factory._create_connection

    def session(self, mode, bind=None):
        created = create_session(self, mode, bind)
        if mode is enginefacade._WRITER and bind is None:
            created.bind = created.bind.execution_options(**{WRITER: True})
        return created

    def connection(self, mode):
        created = create_connection(self, mode)
        return created.execution_options(**{WRITER: True}) if mode is enginefacade._WRITER else created

    factory._create_session, factory._create_connection = session, connection
    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "begin", _begin)
    engines._thread_yield = lambda *_: None  # a pause after each transaction, for green threads
    _keep_connections()


def _keep_connections():
    """Let oslo.db keep connections to SQLite, where it opens one a transaction: that reads the whole schema each
    time.
    """
    create_engine = sqlalchemy.create_engine

    def create(url, **options):
        if options.get("poolclass") is sqlalchemy.pool.NullPool and sqlalchemy.make_url(url).drivername == "sqlite":
            # A file does not go away: nobody has to ask before each transaction whether it is still there.
            options.update(poolclass=sqlalchemy.pool.QueuePool, pool_size=8, max_overflow=-1, pool_pre_ping=False)
        return create_engine(url, **options)

    sqlalchemy.create_engine = create
    sqlalchemy.event.listen(
        sqlalchemy.pool.Pool, "checkin", lambda _connection, record: record.info.pop("in_transaction", None)
    )


def _begin(connection):
    # Runs before oslo.db's own listener, which begins nothing where it sees this mark.
    if connection.dialect.name == "sqlite" and "in_transaction" not in connection.info:
        immediate = connection.get_execution_options().get(WRITER)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
        connection.info["in_transaction"] = True
