"""An independent judge of networks: does a network do what its target does?

Nothing of lrfit is used but the file format: equations are translated anew from the YAML, the
network is read with h5py, and both are integrated by scipy's LSODA.

expressions   equations of a system file as Python source
flow          a right-hand side in box units, with the reading of the state
target        the target's flow, at a constant input or under its declared signals
network       the same of a network file
path          integration with a count of evaluations; crossings of a level, made exact
motion        where a run goes: to rest, to a cycle, on irregularly, or out
sensitivity   the largest exponent, from pairs of trajectories
level         all starts at one constant input: attractors and fates
rest          rest states of any type, by a root finder
matching      attractors of target and network at one input, and what differs
declared      the declared run of both, side by side
drift         how far a network moves from where its target would stay
verdict       all of these: "same", "differs" or "unclear", with numbers

`judge(path)` judges one network file. The part `judge` (`python -m benchmarks judge`) makes
networks, asks lrfit's own verdict too, and lists where the two disagree.
"""

from benchmarks.judge.verdict import Judgement, TargetFacts, judge

__all__ = ["Judgement", "TargetFacts", "judge"]
