# Files that come with the program lie at ../share/longhaul from it: in the build tree as links to the sources, installed
# as copies.
set(share ${PROJECT_BINARY_DIR}/share/longhaul)
file(MAKE_DIRECTORY ${share})

# longhaul_share(FOLDER NAME): FOLDER of the source tree is share/longhaul/NAME.
function(longhaul_share folder name)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${share}/${name} SYMBOLIC)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/ DESTINATION share/longhaul/${name})
endfunction()

longhaul_share(topologies/catalogue catalogue)
longhaul_share(harness/plans plans)
longhaul_share(results/report report)
longhaul_share(results/acceptance acceptance)
longhaul_share(results/examples examples)
longhaul_share(topologies/netem/examples slurm)
if(LONGHAUL_PLOTLY_JS)
  file(CREATE_LINK ${LONGHAUL_PLOTLY_JS} ${share}/plotly.min.js SYMBOLIC)
  install(FILES ${LONGHAUL_PLOTLY_JS} DESTINATION share/longhaul RENAME plotly.min.js)
else()
  message(STATUS "LONGHAUL_PLOTLY_JS is not set: 'longhaul report' will ask for plotly.min.js (./quickstart fetches it)")
endif()
