# Copyright (c) 2026, the osnap.openstack authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""jsonschema does for each request what needs to be done once: services make a class of validators a request, and look
whether their own schema is one.
"""

import json

import jsonschema


def install():
    """Make each class once, and check each schema once. What is validated, and what is said of it, stays."""
    _extend_once()
    _check_once()


def _extend_once():
    extend, made = jsonschema.validators.extend, {}

    def extend_once(validator, validators=(), **options):
        if options:
            return extend(validator, validators, **options)
        # Methods are the same for every object: those of Nova, Cinder and Keystone only look at their class.
        key = validator, frozenset((name, getattr(call, "__func__", call)) for name, call in dict(validators).items())
        if key not in made:
            made[key] = extend(validator, validators)
        return made[key]

    jsonschema.validators.extend = extend_once


def _check_once():
    sound = set()

    def validate(instance, schema, cls=None, *args, **options):
        cls = cls or jsonschema.validators.validator_for(schema)
        key = cls, json.dumps(schema, sort_keys=True)
        if key not in sound:
            cls.check_schema(schema)
            sound.add(key)
        error = jsonschema.exceptions.best_match(cls(schema, *args, **options).iter_errors(instance))
        if error is not None:
            raise error

    jsonschema.validate = jsonschema.validators.validate = validate
