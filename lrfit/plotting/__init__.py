"""Figures, and the page that one sends: everything that is looked at, and nothing that decides.

style        one look: palette, column widths, sizes of type, tick marks
picture      a figure that becomes PNG, SVG or PDF, the same bytes every time
subject      what is drawn: a target, a network, or both, and what is known of them
difference   the field error at any place
streams      stream lines and nullclines of a field in a plane
landmarks    fixed points, cycles and trajectories of a flow, and their marks
line, plane, space (the portrait), error_map, size_path, connectivity, tuning, task, time_course
             the kinds of figure, one module each
task_trials  the trials that `task` draws
kinds        which figure for what: names, defaults, refusals
order, written_out   neurons as figures sort them; the equations with their numbers
page         the report as one HTML file

matplotlib is an optional dependency, imported only inside this room, through its object
interface: no global state is touched, no window is opened, and a script's own pyplot figures stay
as they are.
"""
