"""Causes that hold a GPU's clocks down. Pure: each takes a situation and gives a cause or None."""

from rigprov.model.proof import Cause
from rigprov.verify.causes.situation import Situation
from rigprov.verify.gpu.seen import HW_POWER_BRAKE, HW_SLOWDOWN, HW_THERMAL, SW_POWER_CAP, SW_THERMAL, Card

_EVER = 0.01  # share of the time: slowdowns by heat or by the power supply never happen to a healthy machine
_MOSTLY = 0.5
_CAPPED = 0.95  # of the default power limit
_FALL = 0.05  # of the speed, from the first to the last fifth of the soak
_WARMER_C = 10
# A GeForce computes with its memory a step below the maximum (an RTX 3090: 9501 of 9751 MHz), which is normal.
_MEMORY_CLOCK = 0.9


def power_cap(now: Situation) -> Cause | None:
    """The power limit is below what the card is made for."""
    for card in now.gpus.cards:
        limit, default = card.power_limit_w, card.facts.get("power_default_w")
        if limit and default and limit < _CAPPED * default:
            said = f"GPU {card.index} is limited to {limit:.0f} W, its default is {default:.0f} W"
            return Cause("power-cap", said, f"lift the limit with `nvidia-smi -i {card.index} -pl {default:.0f}`")
    return None


def power_bound(now: Situation) -> Cause | None:
    """The card is at its power limit most of the time. Normal at the default limit, so a cause only where nothing else is."""
    for card in now.gpus.cards:
        share = max(card.held_back(SW_POWER_CAP), _time_share(card, "power_ns"))
        if share > _MOSTLY:
            said = f"GPU {card.index} was at its power limit{_watts(card)} {share * 100:.0f} % of the time"
            return Cause("power-cap", said, "raise the limit with `nvidia-smi -pl`, as far as the card and its supply allow")
    return None


def hardware_brake(now: Situation) -> Cause | None:
    """The power supply or its cables told the card to slow down."""
    for card in now.gpus.cards:
        share = max(card.held_back(HW_POWER_BRAKE), _time_share(card, "hw_power_brake_ns"))
        if share > _EVER:
            said = f"the power supply held GPU {card.index} back {share * 100:.0f} % of the time"
            return Cause("hw-power-brake", said, "check the power cables (one cable for each plug) and the supply's rating")
    return None


def thermal(now: Situation) -> Cause | None:
    """The card was too hot."""
    for card in now.gpus.cards:
        hardware = max(card.held_back(HW_THERMAL), _time_share(card, "hw_thermal_ns"))
        software = max(card.held_back(SW_THERMAL), _time_share(card, "sw_thermal_ns"))
        share = max(hardware, software)
        if share > _EVER:
            who = "its own protection" if hardware >= software else "the driver"
            said = f"heat: {who} held GPU {card.index} back {share * 100:.0f} % of the time{_hottest(card)}"
            return Cause("thermal-slowdown", said, _COOL)
    return _fell(now)


_COOL = "clean the fans and filters, give the case more air, and leave a slot free between cards"


def _fell(now: Situation) -> Cause | None:
    """No flag, but slower and slower while it got warmer."""
    if now.soak is None or now.soak.fall <= _FALL:
        return None
    said = f"the speed fell by {now.soak.fall * 100:.0f} % within {now.soak.seconds:.0f} s"
    for card in now.gpus.cards:
        heat = card.busy("temperature_c")
        if heat and max(heat) - heat[0] >= _WARMER_C:
            said += f", while GPU {card.index} went from {heat[0]} to {max(heat)} degrees C"
            break
    return Cause("thermal-slowdown", f"heat: {said}", _COOL)


def hardware_slowdown(now: Situation) -> Cause | None:
    """The hardware slowed itself down and does not say whether for heat or power."""
    for card in now.gpus.cards:
        if card.held_back(HW_SLOWDOWN) > _EVER and not card.held_back(HW_THERMAL | HW_POWER_BRAKE | SW_THERMAL):
            said = f"the hardware of GPU {card.index} slowed itself down, for heat or for want of power"
            return Cause("hw-slowdown", said, "check its temperature, its fans and its power cables")
    return None


def memory_clock(now: Situation) -> Cause | None:
    """The memory runs below its clock, and with it the bandwidth."""
    for card in now.gpus.cards:
        clocks, most = card.busy("memory_mhz"), card.facts.get("memory_mhz_max")
        if clocks and most and max(clocks) < _MEMORY_CLOCK * most:
            said = f"the memory of GPU {card.index} ran at {max(clocks)} of {most} MHz"
            return Cause("memory-clock", said, f"take away locked clocks with `nvidia-smi -i {card.index} -rmc`")
    return None


def failing(now: Situation) -> Cause | None:
    """The driver reported errors of the card."""
    for card in now.gpus.cards:
        if (card.after.get("ecc_uncorrected") or 0) > 0 or card.after.get("rows_failed") or card.after.get("rows_pending"):
            said = f"the memory of GPU {card.index} has errors that could not be corrected"
            return Cause("gpu-errors", said, "reboot; if it stays, have the card replaced")
    if now.gpus.xids:
        first = now.gpus.xids[0]
        said = f"the driver reported error Xid {first['xid']} of GPU {first['gpu']} during the measurement"
        return Cause("gpu-errors", said, "look the number up in NVIDIA's Xid list; check power, seat and temperature of the card")
    lost = [call for call, reason in now.gpus.missing.items() if "lost" in reason]
    if lost:
        said = "a GPU stopped answering during the measurement"
        return Cause("gpu-errors", said, "power the machine off and on; check the card's power cables and its seat")
    return None


def _watts(card: Card) -> str:
    return f" of {card.power_limit_w:.0f} W" if card.power_limit_w else ""


def _hottest(card: Card) -> str:
    heat = card.busy("temperature_c")
    return f", at up to {max(heat)} degrees C" if heat else ""


def _time_share(card: Card, counter: str) -> float:
    """Share of the watched time by the driver's own clock, in ns."""
    grown = card.grown(counter)
    return min(1.0, grown / 1e9 / card.seconds) if grown and card.seconds else 0.0
