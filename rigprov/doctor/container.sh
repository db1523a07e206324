# Runs nvidia-smi in a container of an image that is here, each way in which a container can be given the GPUs.
# Pulls nothing; the container is deleted when it ends. Exit status: 0 tried, 3 no engine answers, 4 there is no image.
within() { shift; "$@"; }
if command -v timeout >/dev/null 2>&1; then
    within() { timeout "$@"; }
fi
docker version >/dev/null 2>&1 || exit 3
# Images with NVIDIA's or a distribution's name first: nvidia-smi comes from the host, but needs a C library of the image.
images=$(docker image ls --format '{{.ID}} {{.Repository}}:{{.Tag}}' | awk '
    {order = 2} /debian|ubuntu/ {order = 1} /cuda|nvidia/ {order = 0}
    !seen[$1]++ {print order, $1, $2}' | sort -n | head -n 3)
[ -n "$images" ] || exit 4
name=rigprov-doctor-$$
trap 'docker rm -f "$name" >/dev/null 2>&1' EXIT
trap 'exit 1' HUP INT TERM
for way in "--device nvidia.com/gpu=all" "--gpus all"; do
    # A command that the image cannot run (126, 127) says nothing about the GPUs: the next image is asked.
    echo "$images" | while read -r _ id image; do
        echo "==> docker run $way $image"
        # shellcheck disable=SC2086  # two words
        within 20 docker run --rm --pull never --name "$name" --network none --read-only --user 0:0 --cap-drop ALL \
            --security-opt no-new-privileges --entrypoint nvidia-smi $way "$id" \
            --query-gpu=uuid --format=csv,noheader </dev/null 2>&1
        rc=$?
        echo "--> exit $rc"
        [ "$rc" = 126 ] || [ "$rc" = 127 ] || break
    done
done
