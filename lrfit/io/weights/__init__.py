"""Ground floor, in the reading process: arrays in files of other programs, without running them.

    child            which format it is, and the sending
    contents         what every format makes of a file: named arrays, and how each is read
    archive          zip archives within limits
    npz              NumPy
    safetensors      safetensors
    matlab           MATLAB before version 7.3
    torch            PyTorch: tensors in a zip archive
    pickle_program   what a pickle describes, found without unpickling it
    pickle_names     the names that it may hold

HDF5 (Keras, MATLAB from 7.3 on) is read by `hdf5_child`.
"""
