-- Environment module (Lmod) for a tree installed by `cmake --install build --prefix PREFIX`.
-- Put it at MODULEPATH/longhaul/VERSION.lua and set `prefix`.
whatis("Collective communication over local and long-haul links, measured")
local prefix = "/opt/longhaul"
prepend_path("PATH", pathJoin(prefix, "bin"))
prepend_path("MANPATH", pathJoin(prefix, "share/man"))
prepend_path("XDG_DATA_DIRS", pathJoin(prefix, "share"))  -- completion for bash
depends_on("openmpi")  -- the one it was built with
