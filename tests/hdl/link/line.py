"""The far end of a serial line, in Amaranth's simulator."""


async def send_byte(ctx, rx, byte, cycles, stop=1):
    """Send a byte as 8N1 with so many cycles a bit; ``stop`` is the level of its last bit."""
    for level in (0, *(byte >> i & 1 for i in range(8)), stop):
        ctx.set(rx, level)
        await ctx.tick().repeat(cycles)


async def take_byte(ctx, tx, cycles):
    """Wait for a byte and return it; each bit is read in its middle."""
    while ctx.get(tx):
        await ctx.tick()
    await ctx.tick().repeat(cycles + cycles // 2)
    byte = 0
    for i in range(8):
        byte |= ctx.get(tx) << i
        await ctx.tick().repeat(cycles)
    assert ctx.get(tx) == 1
    return byte
