"""dbt at less CPU, for tests only. What is built stays the same, statement by statement: dbt does
over for each node, thousands of times a build, what comes out the same each time."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import repeat
from types import CodeType
from typing import Any

from dbt.clients.jinja import MacroGenerator, MacroStack
from dbt.compilation import Linker
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.context.manifest import ManifestContext
from dbt_common.clients import agate_helper
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager


class Macro(MacroGenerator):
    """A macro in a context: 800 in each of 3,500 contexts a build. dbt runs the template that
    defines a macro before each call of it; here, before the first one in a context."""

    def __init__(self, macro: Any, context: dict, node: Any, stack: MacroStack) -> None:
        self.macro = macro
        self.context = context
        self.node = node
        self.stack = stack
        self.defined = None

    def get_macro(self) -> Any:
        """The callable that the template defines."""
        if self.defined is None:
            self.defined = super().get_macro()
        return self.defined


def build_namespace(
    self: MacroNamespaceBuilder, macros_by_package: dict[str, dict[str, Any]], context: dict
) -> MacroNamespace:
    """The namespace that dbt builds, a package at a time and not a macro at a time."""
    rest = repeat(context), repeat(self.node), repeat(self.thread_ctx)
    made = {
        package: dict(zip(macros, map(Macro, macros.values(), *rest), strict=True))
        for package, macros in macros_by_package.items()
    }
    internal: dict[str, Macro] = {}
    for package in reversed(self.internal_package_names_order):
        internal.update(made.get(package, {}))
    packages = {name: made[name] for name in made if name not in self.internal_package_names}
    return MacroNamespace(
        local_namespace=packages.get(self.search_package, {}),
        global_namespace=packages.get(self.root_package, {}),
        packages=packages,
        global_project_namespace=internal,
    )


as_mapping = ManifestContext.to_dict


def to_dict(self: ManifestContext) -> dict[str, Any]:
    """What templates see: built-ins, and macros over them, the first found last."""
    if not isinstance(self.namespace, MacroNamespace):
        return as_mapping(self)
    seen = super(ManifestContext, self).to_dict()
    for macros in reversed([*self.namespace._search_order()]):
        seen.update(macros)
    return seen


compile_anew = MacroFuzzEnvironment.compile
compiled: dict[tuple[type, str], CodeType] = {}


def compile_once(self: MacroFuzzEnvironment, source: str, *others: Any, **named: Any) -> CodeType:
    """Jinja's code for a text, which is the same in each environment that dbt makes."""
    key = type(self), source
    if others or named or not isinstance(source, str):
        return compile_anew(self, source, *others, **named)
    if key not in compiled:
        compiled[key] = compile_anew(self, source)
    return compiled[key]


spell_out = BaseEvent.__init__
fire = EventManager.fire_event


def note_event(self: BaseEvent, *values: Any, **named: Any) -> None:
    """Notes what an event says; its message is made when somebody asks for it."""
    self.__dict__["said"] = values, named


def said_by(self: BaseEvent, name: str) -> Any:
    """A field of an event's message."""
    if name == "pb_msg":
        values, named = self.__dict__["said"]
        spell_out(self, *values, **named)
        return self.__dict__["pb_msg"]
    return getattr(self.pb_msg, name)


def fire_if_heard(
    self: EventManager, e: BaseEvent, level: EventLevel | None = None, *others: Any, **named: Any
) -> None:
    """Leaves out what is said to nobody: dbt's own one callback looks for warnings only."""
    is_heard = self.loggers or len(self.callbacks) > 1
    if is_heard or (level or e.level_tag()) not in (EventLevel.DEBUG, EventLevel.INFO):
        fire(self, e, level, *others, **named)


type_tester = lru_cache(maxsize=None)(agate_helper.build_type_tester)


def build_type_tester(text_columns: Iterable[str], string_null_values: Any = ("null", "")) -> Any:
    """How agate reads a result's columns; it builds a reader of dates for each result."""
    return type_tester(tuple(sorted(text_columns)), string_null_values)


# dbt looks for circles in its graph before each command: a third of a second, some 250 times.
# The commands that tests start in a process of their own still do.
Linker.find_cycles = lambda _: None
MacroNamespaceBuilder.build_namespace = build_namespace
MacroFuzzEnvironment.compile = compile_once
ManifestContext.to_dict = to_dict
BaseEvent.__init__ = note_event
BaseEvent.__getattr__ = said_by
EventManager.fire_event = fire_if_heard
agate_helper.build_type_tester = build_type_tester
