"""What each flow must be allowed, given exactly so, and taken away again piece by piece.

`table` says who must be allowed what, by the names of things, and `variants` what more where a
restore is staged or gives grants; `things` says which ARNs those are in a scene; `gifts` says in
which policy each permission is given; `lane` has roles and keys of a flow's own with those
policies, and `sources` makes what is restored; `cases` takes one gift away and looks at what a dry
run says; `matrix` does so for many, side by side.
"""
