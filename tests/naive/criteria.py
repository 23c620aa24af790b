"""Scores of criteria in the plainest way: loops over places, and every threshold in turn."""

import math


def shares_on_alarm(score, weights, rows):
    """Return, for each event, the share of the weights whose score is at least its own."""
    total = sum(weights)
    return [
        sum(w for s, w in zip(score, weights, strict=True) if s >= score[row]) / total
        for row in rows
    ]


def area_over_trajectory(score, weights, rows):
    """Return the area over the Molchan trajectory: one minus the integral of the miss rate.

    The alarm grows node by node in order of the score, equal ones at once; the miss rate
    is that at the end of each step, so that ties count against the score.
    """
    total, area, on = sum(weights), 0.0, set()
    missed = 1.0
    for level in sorted(set(score), reverse=True):
        new = [i for i, s in enumerate(score) if s == level]
        area += missed * sum(weights[i] for i in new) / total
        on.update(new)
        missed = sum(row not in on for row in rows) / len(rows)
    return 1.0 - area


def binomial_tail(n, hits, share):
    """Return the probability of at least so many hits."""
    return sum(math.comb(n, k) * share**k * (1.0 - share) ** (n - k) for k in range(hits, n + 1))


def percentile_ranks(values, areas):
    """Return the share of the area with a smaller value plus half of that with the same."""
    total = sum(areas)
    return [
        (
            sum(a for v, a in zip(values, areas, strict=True) if v < mine)
            + 0.5 * sum(a for v, a in zip(values, areas, strict=True) if v == mine)
        )
        / total
        for mine in values
    ]


def smoothed(nodes, events, bandwidth, distance):
    """Return the sum of Gaussian kernels of events at nodes; `distance(node, event)` in km."""
    return [
        sum(math.exp(-0.5 * (distance(node, event) / bandwidth) ** 2) for event in events)
        for node in nodes
    ]


def alarms_in_time(statistic, events, lead, threshold, months):
    """Score alarms region by region and month by month; `months` is the range of those judged.

    Returns hits, misses, region-months on alarm, watched, quiet on alarm, quiet, and the
    numbers of alarms and of false ones.
    """
    n = len(statistic[0])
    hits = misses = on_alarm = watched = quiet_on = quiet = alarms = false = 0
    for values, counts in zip(statistic, events, strict=True):
        for month in months:
            before = [values[m] for m in range(month - lead[1], month - lead[0] + 1) if m >= 0]
            known = [v for v in before if not math.isnan(v)]
            if not known:
                continue
            on = any(v >= threshold for v in known)
            watched += 1
            on_alarm += on
            hits += counts[month] * on
            misses += counts[month] * (not on)
            quiet += counts[month] == 0
            quiet_on += on and counts[month] == 0
        begin = None
        for month in range(n + 1):
            above = month < n and values[month] >= threshold
            if above and begin is None:
                begin = month
            if not above and begin is not None:
                last = month - 1 + lead[1]
                answered = any(
                    counts[m] for m in range(begin + lead[0], last + 1) if m <= months[-1]
                )
                if begin in months and (answered or last <= months[-1]):
                    alarms += 1
                    false += not answered
                begin = None
    return hits, misses, on_alarm, watched, quiet_on, quiet, alarms, false
