"""Where the weights of knowledge/model.* lie: each gram in one of its two places, none with another (cuckoo hashing)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from responder.reading.model import places


def assign_places(grams: Iterable[int], size: int) -> dict[int, int]:
    """A place of its own for each gram, the foremost first; one for which those before it leave none goes without.

    Places are nodes and grams are edges between their two: as many edges as nodes of a connected part can have one each, and
    taking whatever fits, in order, takes the best (the sets that fit are a matroid).
    """
    parent = list(range(size))
    room = bytearray(b"\1") * size  # of the part that a root stands for: one edge more than a tree has
    edges: dict[int, set[int]] = {}

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = place = parent[parent[place]]
        return place

    for gram in grams:
        one, two = (root(place) for place in places(gram, size - 1))
        if not (room[one] if one == two else room[one] or room[two]):
            continue
        room[two] = room[one] and room[two] and one != two
        parent[one] = two
        for place in places(gram, size - 1):
            edges.setdefault(place, set()).add(gram)
    found: dict[int, int] = {}
    leaves = [place for place, at in edges.items() if len(at) == 1]
    for start in itertools.chain(leaves, edges):  # from the leaves inwards; what is left are rings, one way round
        place = start
        while edges[place] and (len(edges[place]) == 1 or place == start):
            gram = edges[place].pop()
            found[gram] = place
            first, second = places(gram, size - 1)
            place = second if place == first else first
            edges[place].discard(gram)
    return found
