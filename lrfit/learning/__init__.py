"""Networks trained by gradient descent on a task, and what learning changed in them.

trials        inputs, targets and masks as arrays with time first
tasks         flip_flop, context, comparison (Schuessler et al. 2020)
system_task   the `task:` block of a system as something to train on
gradient      a run through trials, and backpropagation through time
adam          steps of Adam
parameters    what is trained: W as a whole or by a low-rank change, input and output weights
options       what the user may choose, each option declared once
training      epochs: batch, gradient, clipping, step, checkpoints
judge         loss and right trials on new trials
opening       from names and files to tasks, and between their units and the user's
named_task    networks that came without a task, beside the one that the user names
result        TrainedNetwork
stored_state  what the next epoch needs, in a file and back
learn         learn(), the function that users and the command call
change        the change of W: singular values, loss by rank, overlaps, eigenvalues
fixed_points  fixed and slow points of a full network, and their linearisations
spectrum      eigenvalues of the connectivity, and those outside of the bulk
activity      recurrent and input-driven parts of the activity
analysis      TrainedAnalysis, which holds these four, as far as they are known
analyze       what `lrfit analyze` does with a trained network
analyze_network  the same of a network without a task, such as an imported one
study         learning against g: the table of `--g 0,0.6,1.2 --seeds 3`
view, analysis_view, points_view, study_view, command
              what is said about results; `lrfit learn`
linear           static gradient descent of linear networks, the change kept in factors
linear_theory    the formulas of Schuessler et al. 2020 for its beginning
linear_result    LinearLearning, with a row for every strength g of the initial connectivity
linear_options   what may be chosen
learn_linear     learn_linear(), the function that users and the command call
linear_view, linear_command    what is said about it; `lrfit learn linear`

Symbols: W (code: J) the connectivity, W0 before learning, dW = W - W0; B, O input and output
weights; a = dt/tau; T steps, P trials, n neurons, U inputs, K outputs.
"""
