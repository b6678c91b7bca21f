"""What the quick look sees of well-known systems, against facts measured by independent code.

The facts, and how a claim is compared with one, are those of `benchmarks.atlas`, which does the
same for all 212 systems and the full budget. Chosen here are hard ones of every kind: stiff,
canards, small basins, centres, tori, saddle-node on a circle, homoclinic, bursts, up to six
variables.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.atlas.answers import Answers
from benchmarks.atlas.claims import claims_of
from benchmarks.atlas.entries import entries, levels, text
from benchmarks.atlas.verdicts import outcomes
from lrfit.dynamics import QUICK, Flow, anatomy
from lrfit.systems.open import load_system

SYSTEMS = {
    "van_der_pol_stiff_mu100": 3,
    "van_der_pol_lienard_mu20": 3,
    "van_der_pol_canard": 6,
    "oregonator_2d": 2,
    "davis_skodje": 2,
    "michaelis_menten_stiff": 2,
    "bautin": 7,
    "hopf_subcritical": 8,
    "lienard_two_cycles": 5,
    "takens_symmetric": 11,
    "pendulum_conservative": 5,
    "lotka_volterra": 3,
    "rigid_body_euler": 3,
    "henon_heiles": 5,
    "snic_circle": 13,
    "theta_neuron_plane": 8,
    "morris_lecar_snic": 12,
    "homoclinic_saddle_loop": 12,
    "josephson_rcsj": 8,
    "koper_mmo": 3,
    "hodgkin_huxley_reduced": 5,
    "izhikevich_inap_ik": 8,
    "izhikevich_inap_ik_bistable": 10,
    "terman_wang": 2,
    "morris_lecar_hopf": 8,
    "fitzhugh_nagumo": 8,
    "repressilator_6": 3,
    "coupled_van_der_pol": 3,
    "coupled_fhn_half_centre": 3,
    "coupled_brusselators": 3,
    "stuart_landau_chain": 2,
    "notch_delta_pair": 2,
    "cusp": 9,
    "pitchfork_subcritical": 13,
    "wong_wang": 8,
    "oculomotor_integrator": 2,
    "line_attractor": 1,
    "ring_attractor": 2,
    "goldbeter_mitotic": 3,
    "brusselator": 2,
    "cstr_thermal": 4,
    "fhn_ring_three": 3,
}
"""How many facts of each are found, at least."""


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_claim_contradicts_a_fact_and_the_facts_are_found(name: str) -> None:
    entry = entries()[name]
    system = load_system(text(entry).encode())
    claims = []
    for level in levels(entry):
        values = np.array([level[variable] for variable in system.domain.inputs], dtype=float)
        generator = np.random.default_rng([0, 60])
        found = anatomy(Flow(field=system, input=values), generator=generator, budget=QUICK)
        claims.append({"level": level} | claims_of(found))
    results = outcomes(entry, Answers(claims=claims, seconds=0.0, ending="done"))
    wrong = [(one.fact, one.why) for one in results if one.outcome in ("contradicted", "missed")]
    assert not wrong
    assert sum(one.outcome == "found" for one in results) >= SYSTEMS[name]
