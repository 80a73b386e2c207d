# The launcher of the MPI that is compiled against: beside mpicc lies mpirun, beside Debian's mpicc.mpich mpirun.mpich.
# FindMPI would take any mpiexec on PATH.
cmake_path(GET MPI_C_COMPILER PARENT_PATH folder)
cmake_path(GET MPI_C_COMPILER FILENAME name)
string(REGEX REPLACE "^mpi[a-z]*" "mpirun" name "${name}")
find_program(LONGHAUL_MPIRUN NAMES ${name} HINTS ${folder} DOC "Starts the ranks of a lab; on another machine mpirun on PATH")
if(NOT LONGHAUL_MPIRUN)
  set(LONGHAUL_MPIRUN "${MPIEXEC_EXECUTABLE}")
endif()
