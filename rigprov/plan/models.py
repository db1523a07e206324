"""Which model files the host gets: the benchmark's, and those that the user names."""

from collections.abc import Mapping

from rigprov.catalog.models import wanted
from rigprov.model.plan import Chosen, Decision
from rigprov.plan.benchmark import Choice
from rigprov.plan.case import Case, gib
from rigprov.plan.storage import Place


def decide(case: Case, place: Place, choice: Choice) -> Decision:
    """Values of the role `models`. The user's `models_wanted` adds to the benchmark's model, it does not replace it."""
    own = case.wish("models_wanted")
    extra = [item for item in own if isinstance(item, Mapping)] if isinstance(own, list) else []
    model = choice.to_fetch
    items: list[object] = [wanted(model)] if model else []
    items += [item for item in extra if not model or item.get("file") != model.file]
    why = _why(choice)
    if extra:
        why += f", and {len(extra)} that the user names"
    return Decision(
        values={
            "models_path": Chosen(str(case.wish("models_path") or place.path), "the directory that model_storage makes"),
            "models_group": Chosen(case.wish("model_storage_group") or "models", "the group that model_storage makes"),
            "models_wanted": Chosen(items, why),
        },
        reason=_reason(choice, len(items), place),
    )


def _why(choice: Choice) -> str:
    if choice.planned is None:
        return "no benchmark can run here"
    return "the benchmark's model" if choice.to_fetch else "the benchmark's weights are made on the host, not fetched"


def _reason(choice: Choice, count: int, place: Place) -> str:
    model = choice.to_fetch
    if model is None and choice.model is not None:
        return f"{count} model files to fetch; {choice.model.title} is measured with synthetic weights"
    if model is None:
        return f"{count} model files"
    state = "is there already" if place.has(model.file, model.size_bytes) else f"{gib(model.size_bytes)} to fetch"
    more = f", and {count - 1} more" if count > 1 else ""
    return f"{model.title} {model.quantisation} ({model.licence}), {state}{more}"
