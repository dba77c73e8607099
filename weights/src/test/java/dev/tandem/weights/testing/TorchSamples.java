package dev.tandem.weights.testing;

/**
 * Files as PyTorch 2.13 wrote them under Python 3, each gzip and base64 of what {@code torch.save} wrote for
 *
 * <pre>
 * base = torch.arange(12, dtype=torch.float32)
 * state = collections.OrderedDict()
 * state['offset'] = base[2:8].view(2, 3)
 * state['turned'] = base[:6].view(2, 3).t()
 * state['expanded'] = torch.tensor([5.]).expand(3)
 * state['half'] = torch.tensor([1, -65504, 2**-24, float('inf')], dtype=torch.float16)
 * state['brain'] = torch.tensor([1.5, -3.140625], dtype=torch.bfloat16)
 * state['double'] = torch.tensor(0.1, dtype=torch.float64)
 * state['parameter'] = torch.nn.Parameter(torch.tensor([7., 8.]))
 * state['bn.num_batches_tracked'] = torch.tensor(3)
 * state['flags'] = torch.tensor([True, False])
 * state['empty'] = torch.zeros(0, 3)
 * state['channels_last'] = torch.arange(16.).view(1, 2, 2, 4).to(memory_format=torch.channels_last)
 * class Net(torch.nn.Module): self.fc = torch.nn.Linear(1, 1)
 *
 * STATE: state; LEGACY: state, _use_new_zipfile_serialization=False; WHOLE, WHOLE_LEGACY: Net()
 * CHECKPOINT: {'epoch': 90, 'arch': 'alexnet', 'state_dict': {'module.w': torch.tensor([1., 2.])},
 *   'best_acc1': torch.tensor(56.5), 'optimizer': {'state': {0: torch.zeros(2)}}}, pickle_protocol=4
 * OBJECT_INSIDE: {'args': torch.device('cpu'), 'state_dict': {'w': torch.tensor([1.])}}
 * SCRIPT: torch.jit.save(torch.jit.script(Net()))
 * FLOAT8: {'w': torch.tensor([1.]), 'q': torch.tensor([1.]).to(torch.float8_e4m3fn)}
 * QUANTIZED: {'w': torch.quantize_per_tensor(torch.tensor([1.]), .1, 0, torch.qint8)}
 * SPARSE: {'w': torch.eye(2).to_sparse()}; COMPLEX: {'w': torch.zeros(1, dtype=torch.complex64)}
 * NEGATED: {'w': torch.zeros(1, dtype=torch.complex64).conj().imag}; META: {'w': torch.zeros(1, device='meta')}
 * </pre>
 */
public final class TorchSamples {
    public static final String STATE = """
            H4sIAAAAAAACA6VXS2wbRRgeP+K4TpsXpWkDhNLwcELrrB/xo01jextMy5Y22VAw5uFu7E1sdWPnX49Di0CKhBIeJ0AIAQeoxOPW
            M3AAol7ghMQFcegB1BOqEIJDJcQBZnYcd2fyUuJJJlas+R7/7Mz325OKy42Q14vWjW7UizSzUCov6iNFDWuBhUtGRu5EOW4sOQuF
            qmHoBVyuVmq+82ZRN/XiRLmAfYCGVHD4sx5CVp2drekYnAVcJZSBfB2XjZovb+oz9bJRzGO9Uqua+cWQD1x+f7adIGpkpTang5tB
            fBmjquFp9qYP2rIOskYCT9ZFXgsLdWhX9mLwTilO8uNagT2KS3GsgO/NEnXRgWGvCvssK7huVvQidJaIUsldait5Sha2a0pBBORc
            gW7FQSl6GLYXw10q7M/SLdIvL2iVIkHfvYa2fAThAOFwYOizOJbhoIKW4RDD92O4R4V7s2SbUUkzZuE+hm3UdZq81SxrwKILwf2E
            zo3hMKVzL8MDimMZjjC6QQwPqvBQto0snDG1cgUe5vhka6OC0SbnIxZnGPyE04lhiHI6l2GYcj7KOI9iOKZCwNqeYrU+Y+gwwpFO
            WG82KSWLMgJBVnWIUA4NMaowhogKo9k9ZMGCZmrzOtZNiG7y3JsrfBDjdnQU4sxuomH3OLV7gmmMYTipwvgb1j/J1yGlQjp7gO5H
            JVCpz+dnNFwo6bU8NrXCJfKwZK6Ws9XKXLOSU5ZaFCZYJY/ZKslgeFyF09ZGzxraXA3O8BtdrRpNnicsnhgozPXZhusnqetzjO88
            hkkVpiw+fX4BXwGVKzkO0wSMMDxFwYiewAvsED/NCJ7BkFXh2ew+euJLWqWiG7W8odUw5DiiBDxHiLoxPE+I/OQs0ytBTtMLfoWe
            bC81+CKjzGO4qIJWD0wq7d7cte/+/p5cJzonN42FPhRpxkJgtmrOazi/qJs1cv0zsiSkw/YjSJW//PPGa9Q5nZsr96PYHeVGPOQ1
            ozxXmdcrOCOHdyxORjRCDSRfgt+dRMK5pYEelGwamLmC9SoNu4x8Yje6a8MoY2zo1MPyyZuH6AX0bOmhE41zqTwiZeTjLRhgrEtJ
            8idFfslcIvMqmatk/komSpNeQOZhMqU0dXr51dlxicbvNk73806DGbkbrde/mqKc+pFP/qEJ6d6GM8VzhjLyWCvbn0Nj//1Ljt0r
            1MM3Sz9KVNS7jYcx3kM4I8d37WE1eWaVaiuf/3Z9F/VHWq3/ow/p+DpJPfww/cXtXdQ/2kr9a2eM6n/2x7nhXehHW9F3NVip/lu/
            XLu1C/1YK/oOS/nbwetZPn/QhsoyrxzPyOMtPf1cbgf3N7Hx/bVGmmUIzQmaIzQraJZIaZYnqTTLlMk0y5WLafbcF6zn/tfNG8Mp
            Btxi37vQqaafZsNJtlh+LuyjDn76eO7C9vk/gEJ3GpC1JTXdLJMO9LJGP/3my8WMHNihoWAoHItFg1JEikcTkchoXIrGpEQ0lIiE
            I7FgQgqFw8FwWIpSlz8P5m/7iQ+/5dJBzTZ92pt39zrn4ud4EW1vwH18u3ejzdq9SGJvov0cyTt2knWdW+SxN8Iejqe3Da1vwCLc
            3p06Ofj7bUjonSLW3oV4bMojYIMi1t49eOx7IjYkYu3pz2MPtgvYsIi1p7agK2IjItaeuIKuV8COilh7WvLYD0RsVMTa807Q3SNg
            Y2vYjRPRPt4VsXFR1540PBb5BGxCxNozoouDvm3DbnI37Fd3gD/THWibUJlUPJ6jaxHkOmb7gs6/3mr0sq861lqah36RRp823LJP
            120ehum21rO1/wMa4KbhBRAAAA==
            """;

    public static final String LEGACY = """
            H4sIAAAAAAACA3WUWXPTVhTHZVnZRADThUJL27QU6nRx5TU20MamaQqIJRFd1IUKWb6J1CqSj3TMAAMzeXGg/QZleOCxX4G3fJS+
            9iN0YKY9V1c2OAjZV5q7/f5nueduy3+o/tOHq/8u/PrX2tHStnzpnzy974JUNAuSJPWjEEMn9K0bLIq9MIAcLTD304zvIfrMYkHP
            swOQ75sqDeKtPrNi7zaLIX8XlKI5RYOxG0YIU7ps5qnnBQjTumIqnBEGmzCjK4MBaTok4zMHSSVWr0Q9FrHeiuegCtKiAbmiOU07
            wo2NmCHIDoaR45asAXp+rFoR6w48v2chC+Iwsm5UVMgXi+YMV6eV9iYDRWxRV/3QxqtiUIUp8wCtadUq1WatuqSVW7WlCkwnhjr9
            Adk2fxlhdl2X6ZffgTk9r+d2QP3d5TbtQ5g3YH9iGA6igPXggEu6ruJmcg+6gldY1yUCyTtwSM9x7CuC9yrCawa8bs7SVnazbwc9
            Ih5+kVitl6v0bjThDSLmiHgkIQ7hqC4N4U1BewvhmAFvJ4F2bX8D3hGkNA7naGgchncnza1qzaYGCwRXCP4ehytDeF/PDeG4gH+A
            cMKAk0l+u5HtBfDhBP1sEuZyY6xQ3KNQrlc0WCQFmRQ+4gryED7mCp8IhU8RSgZ8lgS3Fw66PgNtQmIlGRwLlPcINGuaBpU0PlUS
            WFwU4BpC3YCGOcePtx3ZWwxZBEsvOVHjFSo0s3NbbWmU21bqyqnUldPclTNC8XOELwxYvp902vegY8BZ8zCPXFAKBltW10bHZbGF
            ke38Rin/csLPi1QkYy9XJrXpW6/AV6mXq895+TXCOQPOJwna8O3NGC5MJigM/TFV30ttaE24mHp0KfXoMvfoiqCvIawbYCR0ttXH
            W3A1Ozi1eo1Q3xBKItS3HCXxE/+dKKTvBc5E+MGAH5N7xXHtIGB+bPl2jPDTS7ANrdWAnwlbIOw1whapkniRKgi/FPUC9WZ1GcES
            AtcRbAO6/Jq5xq+2jFLKZVWsnFUX+ayjrGQdv8yTMp2VwpmsDMxmxXIuKxIqK+Wk0fOoPS89/2wv06tNf2rbbT4vSbvU/qYmdSSp
            QG2BmtZRRlvO/PeEeHfktLu7fH53xH/wJ38eL8tjvuCM5vPpdzT/zK7ChFVcmVvG1bl13AJuodYRVrY7wtK1jrD2ekco9Tv/A5n4
            6TW0BgAA
            """;

    public static final String CHECKPOINT = """
            H4sIAAAAAAACA6WVv2/TQBTHz/mdlv4UUFGhDkyuBGmcOHFCC6ksMIMHQhFLJWQ59pFYOHGwLylUqlQJdah0A6KHxAIbOxv8G+xI
            DEwssLHCndOmtqs00J5knRPd973Pu/fDdTWeACCTASfWLJgHumu0rD5cMXWk57pPbUWeBpuhtZt4U+IGgh3C4yTsOkaLqJs4wbQE
            p3UbPu9ARPCEh3QENdMyENkhONN2zJ4Nc1sEX0AOPZvTesiyPYLnNRc2epZtagh2PMfV+gVyQHgepz16UG9CgpO+gioV29HRw8O/
            Dwjm8gTHjW6PqDFEHqhAje0Rldsj+3jScGwbGshyOtTH5H3XhC407zCaA7K8QRDZIB7ONqCHNN0wBNLK8nxrojWFOfo+o3K+veXl
            /dalw9M463SR1ba2ocsCSvrx0TcVHEsLTBpBGRrwvF6urqYz76buNtfpJbKnPjIfC2B1mI/cE8dt60jrQ9ejASmyFEnLPy+BAXz6
            9fUlSyJ7RgMsAukY4DAVmm5bzU4bdpAiF8/CUBYZQG3r2Y8YdRE7FWAO1IYAjRcIOiyHirx61tjZsi2EbMgY9m59v5KiXlKnMkyD
            26GuWMkr8s1zAACwW6Nm1xlB/0Mtx1xmxhCshQkERa6As/tvyH70vx//pA5BYozv9bDvgiKvnef6N48sMwbr2zU4Pv6ZQB+cv/6L
            E8zzl/fNR+PrbwkUjhvAD9+DrkU7YFtnY0WzTEXO/SdIviJWxUqlIkrVcikvVqRiKS+USgVJLBeroiSWBEEqS9Uio9x/+PEqTzl4
            n5JjsEPO4AyZPUEeneNRdXAALISUrzgwaupEjQSbeDHcuDFwyuSI2gk24lzIzuuAneEAiMqDXTQdkl+Og0jvnnAd6IKw9m1UK0S1
            weoNay8mItpCVBusv5mw34B2xL0Hy2IpJJ5PgjEFW1dTqetH5R2/MVRmI/u92GD/nDxq11Sa7X/Sg9+DL0cyNdBk/fODs38Bpw5u
            7mEIAAA=
            """;

    public static final String WHOLE = """
            H4sIAAAAAAACA61WS3PbVBSW48RxlTavtglNSni2ONA4fsRO0qRNcYt5qKSum8KdzoBGlmVfTWTJR7pKpsxkgGFC0pmuGNjyN7rg
            L7BhxYYdK1as2HMfTizJeUwJmpHv6JzvOw/d71y5osT7JSmZlHquUWlc0lwdm1vGfF0jWrq9aZVLw9KT0PVNn66qLc20VVVeN4gM
            0uy3ENuBvhRiMYlLXabdhPg+GqLPaltztZZBDNeD/h0Y4CC15jcazJLYgUE0zSy2Y6ttajI9YtjkAKB6BoEkTVjzTYvwnB7Lee4L
            kHdhqArn0UUeT9M3tzW3rrZdQ8WOs+nBBV13LMvQienYnvzArRuuUb9n6pQ9PFuFETQSIgrSKGa+MTTBfKanNnzLCmNgfB0NM2/D
            cQPEi5x4CU31uNRtk2CVBWh6cJnDJtDVXphmbWtPPVXXaNF1mOTAV9B4ENht7gp3T6GZI92hlNMcehWNMahHNGKodfoWOoFe5d4Z
            dDni7aZ6jSNeF51ZjlY/GvYGh70pNrMH5ngHCd/iuLeFDFpO3bcMD67twHXURy0NHd7RiUNFmLbtdMedtkzb0Fz5vlggRQU3uwPv
            pnB8H1NNvZdCCcrdNswmJnCjw1d9YlqerLoG0069q0MZ5o6BUOV5jqtu5WRIp1JokAb1KFJrGjAvKHKZtkYeCaMMGRSjmAxkUZyu
            etuHnBIjkH+oSEpMiX0PC2IpPONdFwksVmFpnz8s78HNKqwgOoxSzdQ8WMVzmKbF81iEzcItzMPd5uF2YY393BGh3idQqsJdEere
            HnxQhbKP6Th9iJOYTsdHu/BxFT7BFzhAwULY9/H4OhZS/RQLLa5jIbUHWGiqgoVgHmIhjSoWAniExQ5vYLGDjzHdtM/4iNOxbBga
            8V26k58rMXSe2hyfdI1Iifk1z6+lK8pgcuX3telV2jS7K8eeRZPS2uFZlKYCb2lE3WLHg2OXSyuRI+mlriwr4sXff3zH3jG7jy9i
            SlrsFtFRAp1Ts2m36BlVLuX/Sx3FBVbA2jb8xQTfd2IBY4G3UHtKDIedYmfs3zIJsQxWw+6tP6+wwUmcWMOwdDv0VZjPlEs3z1CA
            tPHPLyz78+vPvmba7z8l+51w9my5tHqW9p98uXFujeX/6cVe4vT8I4Ed+H/0l5dZ9t9+bj4+ff9npFxXgLx9z3BNqsCvNPZZU816
            uZR+yWIyhWI2m1kq5PLF7HJxMVPILS9kcpn8cm4hm18sZnKFfC5XyGZYldqv12ZTtI4UrzLGij2sMzjHoz2VR/9HRNnBAZwMMZ/3
            S8dNfjRIcIimwoMzIJ0wudE4wUEYC8X5IRDncACj9KCSh0P0iYQUmZ0oN6jCMPfHKDcb5QY1NBLiXhqUoqqNkoNbOxPuOUA+WnQV
            JZG4cSDR+NwhMxlZh/rEutQxUB77pkp3ZfEsTt+BhOAkOV5g/wWAuFQ3pQoAAA==
            """;

    public static final String WHOLE_LEGACY = """
            H4sIAAAAAAACA5VYW3PbxhWWZPlSxE7ipHGbS9Mt0wugUKAoybLNWGrVOGpcxpJNKS1aSwFBcCGgAgEsdqFLNZxxH9y4fe5jf0Df
            +wPye/oTOtOHnrMLEoBIZVo8kMDu2e/cz57dF3N/1cL//H3r3+QP/3j6rvli7sm/rsDvkM3o1pszMzNJGovYjUP7mKY8iCM2CwTW
            LZgJAyFCatOoHzgRm3tlaTAozhJq8+CPlLMrQzavW1dhkPtxKtjV9px1Bb6CSLBr7XlrHjHi6JBdb89nGfDUrWswNIj7WUjZjGvb
            AyeIbFvbpkJjs9b7MNkQg6Rx0hBx6vqL+M6dQRJSbiZnbM76G1C4ocM5gSW6JDKjyHwiEY2WRuDpU4/YdhAFwrZ1TkPPaBGeJTTV
            DXM8bnxCcMr0XLJOxjhfBBF1Ur1ZJ01jjOXF6YmT9iVUnZwCWkpFlkYjAP3U0NgVweafGX9iV4fsmm7dQDuloFuAyr+yXoNvO3FS
            Z0AFGJndGLLvSCK7l3kejmhD9prU347iyE7QE1zQSIwIbE4FuwkW62VBKKTROBrt1gF7/SV7o8PetN6WeI57hNLaSUptP46POLvt
            gnND6grwLdd20j5Naf9R4MLqt4wOe9t6o7JQLfquj3PvWHdwLuC2l4VhlYbd2bZex9ncPvnC78mF37fem5iyTwLh2whwyNm7kuw9
            64NJMic8cc647TogdJ+9Lwk/sN4qExbK/UBOf2h9OHW6wvKHkpRYt5GUC0dQuw9WyIF+JGdr1jsXZgtWH0mKHyvNwtjpTyf7iST7
            qXLmBFnMRwx/JulUrNgqJTgzhmzBmoMRz2Uf6/6MOw7NnMIMZYhqKlI1Vrc2i6RJRCMMeo3kTPhxtGI2mw0eCLqYgNucQ8pVUjWi
            qJGDNRQYptai9fzWKLXyLKgkVVqr1TaTJAwoJ05EHM8DIqLWEwj1iIPxBw7GGKQTET4lQeTGA0gA0neE0yItmPVb3TPIt9PNr/bI
            x6TXNTUJvucHnCiZMFMTqCWctFLqtbp7NOJxugV2FCvLD4W3smxDfkBJgCDeGK3fiYhLUwH5Rjo7nw4ga48Dl/I6OfFpRDKOQngI
            0VwDqZIM0EWJ5UkQhkBFc5b9ADMOco+AU90AS+JDL2muIeNBsLy0tNHFmkBG2ZALsQkxpmyFD2SoRx0oE5RD9YFqSWKPUMf1lQBE
            VbUxeZyJy+hhasqCXuAA4WMPipBAg3e7W07Iabdbl7YPnTOaKsWiWJAQvBRJv/X7gQiOqVxvjtHweUQ9JwtFC6D20gyQlFq7vpPQ
            Qq9F8hjlH7tTX6iTz+19QU/FeRANjS7aPKWj6YUuGVAIDuB9RqJs0AOpYq/Etx8MwMNYmTBewqyPvoISSGFFf4RSYgDRM3rfH1ts
            2DVLAu5Ig02VEGxZiAj1hfTAsspeXBSylORzgBAJwPzwg7YgDs/DG90yRUpkMhYTPqpyqlgRIg2ANy1FzAkNDn0QW4qD/nJ6GJty
            lGM04EQesfAlZak4cKTvNMb1aVYzuiakHiXHTphhWqdVPNwpAyeEWOwTL40HIwb7+AfV+fzLob64z1kqzo+QQf5mdOvKwNOEO0LD
            eKnjnjeH51NEGnYvRDi5YA8cvcQY32oAo1uNdnwge1oOeKLVRdQugYowin2VRYVhJowxAfa/GmeKbf4/+8iln52qrqjV0sZQGxsb
            ZADriz5mealOVpaMCoUK21HPA4W7H+nN5ft1snyBMK8762SgyzXV2SSFJk9XNCbWK90oCBT2Lo4+l9grSwdqFnYRJbBtu5DzwokE
            t21g8rxWqpi1OqmVK2LtQJuoqcBem6yco9FRMqntQ5vsC8eyyq5uetkGsPolFboypSK1F8chKILxU0ypnWh9GwpaaRBb6NKYQRY3
            CH4WxcBzcOc/y1sXgD2vKahaK8cEE0kcHMD/YaHRRK9bUdYs6QjApa8qWVlhoCt/VgmVrYHk6ajB1SvhraKBDhJxputlmHqZuVEn
            CwtVtQu5i7fAU+aucJBiyMpQFqLMt8p2glGBT2ETnQKe0kPsx9OiiddryBAiFR13wcLAhIpSvw8eGEfgxJw8oUxGAGbK6L2Dazgp
            FkHvwaEQYa/l0yAtqpNqwDKchGao2x3FQLdU/srIH5FdKgTuuc46lij9roELj5wAOzc7iwJs67AyjjdBhxfscCG22CW8fIm+CM0n
            AlZdPGXQMMkWdFN9Cv1bCM7hlJbgfCES3mo0DoFL1jOho8T2Vvaxo/+Ac6jSjbv3mksPtPLmZV5QQ50G83itg8ZYc81c7UqIFQEF
            mmMDVfWNytAIbFsntswhYIYHFjcLsdVXczbUVvkKwVfmbFRwenEGLcQ6aZIGKeRRCAbKol7JBlmSwUmWJjZps6ofyl0nixK4rvBL
            8Vc9zQaqmVNlUkaher0kDrNIBUIOAhHJ+fTAyo/IW/l5RW0hdVJxwFjakniw46WOndIkLRKDi8vkUUxQIrmO4DrIlUioPKj0Cd8q
            p1feftbPL9ZJ2MHLFSQnKA8BBWqSz1wMnWFNY6ZgDbwhWBqypu5ff+XfGLJldSGiDMJW8tOenQnIBA2sgIf9flEsNLZ6CYmQXrOP
            lzV2V9et63glA5Rw6mNraokmz1C7alBj9+TZ/cHq8sr91ZV7S6tr99dW2X15e+MmGXvQnt0WrPWsPdOebc/+mX2i/h7+RR5a1wXb
            6LCfv5Ifv/iabXbYL+VlD+rNPvVXfRDCX/MvMoEUXWaPfAX+mQR/ybbw51cK+HPBHnfYrxVw+2v2RYc9yXxtyLb9m/6tA7bzkj3t
            sGf+bUnQ8dUtxa5/Z9tX9w57vrpY+NJX9wa/8dUFwW99dfq3fHXO/52vTvO/99Vx/bmvjuP7PpzAD+R9Tcn97Kv2rHUTxsoeZ3Z7
            NutxKEov5g7wLm2KrrPTrDxHzdkZ9bzwHn4zer/zz843/wX14+A0qxMAAA==
            """;

    public static final String OBJECT_INSIDE = """
            H4sIAAAAAAACA6VUz2+TUBx/0A4qan+tyXSHnWuiHaWUthptgoYLB2vNYuOFMHirTFb24LXLTJYsMT141INHE+/e/TOMd287efJf
            8D3YGNCti+6bwAvwPj/48vky0HN5AAoFsFBlUAWmb71xZnDTNrHZ2H/ramoRvE7VMXuEQH1EOMjmcYAYC3sEJNhw5lhQQOwoRx5Z
            +1OUm6P8EK2MBHIdYBNDw3YsjLgjxI8Ycu8AFSJsw5hixw0Ew4fbU8e1DQwngecbM0lAN+r1ER8SeL45hkg4ldNcz8Qvo5sCuhkS
            iuhWLH5bZzAqvtCBzsxRiZ7KHyzLc11oYcebBMJz34Y+tJ8RSwKq3BuiKkarQ1QLpo2BzhfkpxY4IVz0GFzasjVwJ25ZY8fz90xs
            zKAfEAVNrWU6F1WTsn//8+s9dcwsZV8HnXP20wYYpuuMJ3twgjW1daHAFaXI1ED/AP1miQS71EAF9GMD24cYerRnmvrof3TPynUw
            diH1MH98cpcjKtxSD0XwJJXKTVFTH17DAADHfaq+u/v1Gw1xfql6KdGB+MNe6/1bAlX/+WW8dXX/N4B0HoDw5QPoOyQB70waYsOx
            NbXxj2aa7Y7UbfZ67Waz25YVuSVKiij1ZKkrK72e3Gl1RaWjiCJ1+UrbwnXiox66ZKjZ2GdyQMoLzrP/kSw6OQBrKWSLAZeNVJYk
            GeL1FMnHJMnC5GR5kkGspHiqLFgcgCw8maRiCv6ZBZnsZrHJHJRS2FoOZJOXBSc/z0YK/CkBvjg4A53j7p/FLPcgRvKZ9QcTrd18
            tBJc+IjnouvoD7bCRRg+3B/t/QtMxvWiaQYAAA==
            """;

    public static final String SCRIPT = """
            H4sIAAAAAAACAwvwZmZhYODgYMAAfAwiDIlFyRmZZan6KYklifoGbk4CDFFo4IvR0X0B3uwcky79ngo0iAGEA/CY6YBqpqGbkw2G
            maSAN96ddiD7RWqZXhG2X4DBDsV+vYLsHDcnKwpc0MCUHB9fkg80Mz6eyy+1hKuQQbOxViMCZHlJUWJmXmZeeiFjR4QYkB+fWRyf
            VpqTE5+UmJxdnliUEp+Rn59dyOQXwQSUTUsuZEaYpQem9fLy9HLzU0pzUov1cjLzUhOLuHwgVCEL2Bo2oMby1Mz0jJJC1mSIlvjS
            ksycYq74otSk0syclPiS1Lzi/KL4MiOuQjYNjQh2oI5ioMrE9NRCdogWLrec/MSSYIggVyFHBCNQjUEhZwQzkE4uKC3k8mYsCSzk
            9mbQ8GYEMiFkR3Jyfk5OanJJZn5eMZd/UUpqUWqKS2YyMAh4NINKggp5I0CRkZSZWFzIlwG0OoM9A2K0YSF/BsRIAbCRIANLOjIg
            ugQzGDsymPxKkwqFgFhYDxS5c9uXTU0E6gRhUOSKACMXM3YlGSTgkZucn5KqjwjMgko3JxGssRzq583FZMhzt7pLJ92huoHRtnF+
            r/XECy9Votb0LpH98mObq2O4/p74edxmqjeC35UZnW38lcjY8GND1vspnsJKax6W5L2xMP4fGLm23y4uoSFQJWSy/4liDouo8uqo
            uR+0irR/PZy410Xa72rE5jdc3TNc74peNDExnFV9e6LPh4lrZuU2P5rf0eianT5d40P+jjfxYtwHshuUj6rcOpz12bJ92ZTy7BWW
            h9cJelVe45Ddfa+mOt77hXg+KESuT21x2Az0szDeEFFmsMEdInopwASSHg/OARZk5wDb7r3+hw0Ejp5/GCyZ6JhkOFtbND1dW0j+
            quAEJ5VNCqtV+pIKbs95vCo1+fP+3ssLl0++d/n33u/TQ8IZPvwIe7I5qPbM6fSvcWKfr6uHnnsXL8exyqMxwrT30GPTXU/f3soV
            XyfYvO3tlPdq5Xcy9xdq27FtWns0b1JQUOxxz2fTa7ed/XPr6t23L9qPbtpeNeGvviyrlduK7z510vqh+a/kV19e37ux10g7/+yD
            YCvB+U6/mRgVL7yMe/S8p1TZsc3gEos+89yHvF0NOk/E11iHMM9l/8kPClmBT8V6Z4Fh94oBX8gaIhWOqCGrD6b18/L0oRlXH5Jx
            wWkQs/ysDdidd9iA585n0RZ16QLWEtMJfXNv+d1scpiQqyW2KKBNjuPX96UZ219M6Xxy9+OPGXs8Oe1kFna+TZ/RfTzPgiFj76yM
            dzMM1dY+5Hj+rPHdrifL2tNK1Ar3dOTpXPvXqbXlZUKDcBDXxImr/sc/z5Cx3GVk1vZgda/3LbH3XzOW3T58JFJf8c6M/1wty9+L
            Rj72iDbZ6bIm7X1fj731KfF5v0+VaPzUtF/MKp1kmi9cZf3hneWRzItRniEur/TkPU6ddr7ybfq83a9/bH1yX9mqovL2Zccbf18o
            h2RvDXU68dY6pphR+dMslts3csO0//3Nu+IdX/6DERS+qgut0t8CQ3A+3pRrzaBFevgip2g1IlO0r2+s/yEDkbdsPwz/Mu67+cFE
            KEPVbsaHhKZOjZUZRtN3iG/uWbvh1ItbWyd/WGC47038j+i3Ajzm35/VzSl+93NTszHDgRcnZ/P8/ZD65n77+X3mdXu4/z48e3gt
            S15CgsLaB4dMMpQWGluc7g4NUVm36OYabknxpXIO84umisve2H2vj9n91sGXYWHuu++WpShb3LeuVA0PWF7yXajLQ/PJibSCrce1
            Vuhx87lrJM9xa91d+ObQLbm1GrOX7049pXS1MEVbQsr0mndjeETGnI2aYtlzn/0R+vo7wtC3WqlL/OIcrTWflfwMn1fMVE9N46tX
            81jztHFaO8sRabaqZKnWpqPdPVaXJ6V6nthxbsalPpui+NhVtkwcK558XDZzTk1EZq9A940lias8Hc5mTXzvZfVkbk3YkXVq9mG/
            9Fc+8WytA8fjnBWSSabAOJzCiK/CFWXgQIrHvOKSxLySYkity8IAqT81wUV8rj5nOOH6m5/BHm5cWWpRMbDqcXOypqQBYcwFsv3i
            vPRQUB3MhNd2QSTbkypLUvNBdR6F9udklpTkpILc0Gr7WBJUnbPhdYMcgx7cDXrgJlRxalFmYk5mVSKoIo7PTHFz0iLBQQYWBgam
            Fqbm5kbmJpYWxibmxkaGBqbGpoZmBpbGJibGBgYWQBkTU5ALjTZw52gA3aABdiEjKLDgbkRu//FhuBq1HYmuF7nthqo3BF2vIbpe
            5KaBAIreK2h6QakOohtR5CBXo5IoujcyMeCuOtGNQa4zlFGMOczMQEwNjG4gciFpiGKgLCsD6QUjuvHIedcaxfhaNgZKyl302EHO
            1aIoFrlyMGAvGNCNQM6a/ChGTEEyAloYoGtGzlOCKJqFOBkw8zK6duQEL4eifRqSduzZMMCbjU0HlmmZdeE6udFoRWYIbcEFoYH6
            QE10hkheCJ8RLMbKBtHDDVYPUQsAh+HPoLsNAAA=
            """;

    public static final String FLOAT8 = """
            H4sIAAAAAAACA6VUu2/TQBi/OM86kCYtUOjQ2SBw/cirPFpkIS8ZCIGKKIvlOpfExY179qVVkRAVqEP/CSQmFnZm/oQuTGwMiIkV
            MXFnp67tKA3Qk+yTrfs9Pn+/z81GMgVALgcmVhEsAN0xBuYeXO3qWOd3X1iqUgCdyDpkXiHAtRMEsI8SBrYJgtdG2LRcVnPg1si0
            uhqGQ9d2tD2JRQzHtbPksEtO6n2Ikj6EVS1bx0/9lyxKeYQCSreTZDd2RyjTSGCUfdIAjcQRytHb3LFh2JYFDWzaQ5d97HShA7uP
            TAOziL3ZQnmMLrXQZY8JocIMazKL5jluMLbDj+2xm0N8sAu7gbGiRyei0sAztDA2tEhvV44HVPfquKIeraiuwfKO3Buy6BpGSy10
            fcQ3G9lc8tbn1xJholdzageWwFzQAb5nOzs61vag45J6VSXtN0KkdJ9+fn1LfdFrOt0yqJ3RjQvUdMvsD3fgEKuKHGvtX61qmRrY
            2Ec/GCLBnGugBDYCA1sHGNq0Zapy7390T5dlYmxB6uHowbcbGaKSOddDAaxHUr0qqMrdCxgA4HCDqm9vv/9IJEFqhvrDqLqoKvcv
            Un6nTsUXn4Pfs/s/D5RAPIjR+oXUOx2ZpQZO3vU3Z/d/BUhnAfTKd6FjkgS+1OkMa2ZXVfh/9CNUqqIo1CuSXBXXqjWhIq2VBalc
            F2o1ea0u1ypCuSxXpCp1+eF7nueID85zmaBmA5/hiSxOOI//B+Po8AAuRZBvEmDaDMdJwkO0HCE5CZNMTG6cJzwIpQhPiwGTAxiH
            h5NciMC/MCA2O3FsOIhR7LNkDCvGseEMzUfLD2GnfLtwa1eiNafAjNA1G5nM7dOIJu8EyFxszzP+/ivl7wSX9aKT9Z/96UtnfEzO
            O++f/QPu3JHhZQcAAA==
            """;

    public static final String QUANTIZED = """
            H4sIAAAAAAACA6VUv2/TQBQ+O6kdDCRtl6odOgcJUjuJEwdEI1koUHkgLUKKWCzXuQQL187Zl1YgISGhCrHxQ0KCgZWZqWJnYUJM
            LGxMTAz8A9zZrbEvNFHbJ9kn2+9733fvvueukcsDUCiAiZgHi8AK7PvOLlzrW9iqjB64Hb0I7mXiCf8YgR5H8vcQZ2OfACrmGDtu
            KJkB3B47bt9EGHqhH0iIL5d7IkkNSZ41hCgXA6TNDQ9rd+KXEspH5WQ018uR1R6NkWBwGImbBjC4fVSgt3OHyBEMzLi6aQ0Gjkfg
            0s32p7c03hngGTr/3LZ914U2dnwvlG4HfRjA/g3HxhK6cGkLXcSouIVKYaVriIUXDe/WF8JJr+6xjVkC1aQxlYEf7FjY3IVBSAg6
            eoXpz6xQKO/B7x9P6Z65qbwroPmP97CFpuU6Q28Herij105IHUWjTgW099AvnlDwUwUsgHYiYPshhj5tZke/dhreo3AdjF1INexf
            /7ksEBZhqoYiWM+4ck3u6FfPIECi1K+F79XZ/S8BPaFOznv9LJsnUYsEfHs/vDu7/6tp40WbD2HgEAc8sqi7Tad/Cv+pzaqmtFqq
            omhqvVGvydWGXG/IrZbWVGVFaWpqTVWVGlX5+eOfD2Wioxyp5KjYRGd6dOYnlLP/ERadHoClDHKZA8cNG1skbeKVTJGX6SITk8PW
            SRtxIVNnkQeTA8DC02YqZuBveMB4l8WmfVDKzl4OsOZjwenjWc2AX6XA/zdO1xCEy0c2y11JkCKzfuXiVcvHK8FFn0Qhfo4naE6I
            MWKUH+f+BQA1AZxpBgAA
            """;

    public static final String SPARSE = """
            H4sIAAAAAAACA6VVT2vTYBh/m3ZpzLTr5tw/3azgoYJ2Sbc2q0MHVXKJYNc5KF5ClsY2mDV7krcbGwgD6XA38QN48gN48yN49uDN
            mycP4l0QfN+mzZLMdjpfeHmb8vz+JM/zSypKPIEQx6FTK40mkOboTXPXWKxrWMvtPLfkcgo9Da1D5gWgWozU70FMxzYB5NQ2Ni2X
            Vx1jq21addXd0RzXULHRcm2HB6ZX5hqOqVnmgYZNu8WrDQOrlrZvtzEP8VqaMPbKPLRu25DowEgV2OwAHU9A3c3zkMxma0lC4ZJK
            rWEA50H4R3arseH9x8OFrm8B+FqcnPpOG0aVBIaL6wpSGIU5gkvkiB1B6ljXbcsydGrU5R87dcMx6g9NnTgdu1WFNIbxKkw0iWiz
            LyRbtoZ9pctdJREmm6MKg+FKV6EDU0qsA9PHTUoyg2G2CnM9+IZ5QGBXPRvXOjBfhYVXGK4fQaYKN9xcRUly735+39wjvHRXBrZx
            GiX8Nuae2c62htVdw3HJrchl4okyffjx5SU1SPdgpjkknTD1HqxKGthobRstLJeXIqPxV6u4TA2s7cE3hkgwQw2MozXfwNY+Nmza
            CLm8eh7d/rJMjC2Deujc+zrLEhV2qIcUuh9KxaIgl+/+h4E+byyi07+mziaFzpMM+Z05w9nNsDNRLmfQ2fqHa3RTndfr7GdKzA3V
            GUOrvo4/SNJ5H8EST5U/vW1snt3/BZQ/GcDuLYZeIapZl8u5fzQiFIqiKKwU8ktFsVSUhEK+tCyUViRJkIqFvFiSliVRItfU5Xzi
            0a8s8ZHtuoxRs77PYBjTp5xH36NRdDCA0yHkxxgaFN8oSTBEc+HgMGhIcqM8wSCMh3jeBHj8AEbhwWlNheBTcRTJThQbnMAw9n0U
            K0axwRkaC2FnEig6sVFwsLUL4XsOgP88dBWFZW/3RzR+x0dykXOU8c6VkX60WfqJQg+SJ5GvKCOsh+G69V7tb4xMzdmlBwAA
            """;

    public static final String COMPLEX = """
            H4sIAAAAAAACA6VUv2/TQBQ+241jTElblooOHZiCVFzbcX6UCioZ5MUDaSpQxGK5zhEsnDhnX1JAICGhDuzM7Ewd+RMYEUwgITEw
            MbHCxp1N3LOjplCeZJ+se9/3vnf+3rVtYQEASQIzsQwuAjfyHvgTuNlzsauMHgaWWQH3cvGcf4ZAlyP5B4jzcEgAijPGfhDLTgT3
            x37QczAcxmHkTHQZ8dVqt0ySY5Lp9iESUoh8MxyMAvjICkIX76V7MlpIeFVU6gpk9UZjJNocRuVdG9jcIZLo69xLzwuDAHrYD4ex
            fDvqwQj2bvkelpF8pYPOY7TYQRdipW2XpVdPP/NvCBV92ic2vso0rtwPo4GLnQmMYlJgtn+N8r798eUFlcrN5V0DzWPePwfguIHf
            Hw7gEFtmrUD9V9EwqICdA/SdJyX4uQJWwE4mYP8xhiE9LMvcPkvdaQQ+xgGkGg6vf7skkiriXA0VcCPnqk3VMq/9h4ApL1Xgf70M
            aUlproIlsJ0pyH5r86wSajKt/OF1/87p578O9GMDJM3HMPKJA5641L2O37NM5R+FaPWm3tK2tuqa1qobDaOm6g21pjYMzTCarXpL
            r2lGQ9XrVOURPtqrEh3VRCVHxWY62dFYnlFevAeKaHYAVnPIXwy6MExFEtbEazmSXQ7MmZwiD2vElRzPR4YnG4AinHVRJQe/y4OC
            d4tY1gdLOewnBntC/+zvWc+BOwI4xThtWxQ3pjYTrmbIcmF9z6XrT2E6NmKy9a6Ufqc3WElMMeUkP839DeJPl6gpBgAA
            """;

    public static final String NEGATED = """
            H4sIAAAAAAACA6VUv2/TQBQ+240dDCQtS0WHDExBAjf+laRUUMlCXjyQpgJFXSzXuQYLN+7Zl1QgVUJCkWBm539gQPwJjAgmBiQG
            JiY2xMidnbi2o6RQnmSddPe+73337nvuWNwKAOUymItVcA04ofvYG8PNvoMd6fiJbxoVsJ+L5+wpAj2G5J8gxsUBAUj2CHt+JNoh
            PBh5ft/GcBgFoT1WRMTW6z2BJEck0xlAxCUQ0fQDB+8lmyJaiQkbqNTjyOoejxBvsRgJuxZjMRNUttgJuvTKdQPfhy72gmEkPgj7
            MIT9+56LRSTe7KLLp+hKDB/CAbr6MsKo0kXVSOpYQnnv3f6vt+SIfp2FDVgHYtoA6TAIjxxsj2EYkXqmwU/7IFO+9z+/vqCKmaV8
            G6B1xjdtgO343mB4BIfYNNRCa/8qmhoVsHOCfrCkBLtUwBrYSQUcPMUwoD0zje2L1J2F72HsQ6phcvf7dZ5U4ZdqqIB7OVdtNkzj
            zn8ImPFSBd63G5CWLC9VUAXbqYL0OVsXlaCKtPKnN4OH5/e/BpQzA8SXj2DoEQc8c6iJba9vGtI/CpH1ltKWt7Z0WW7rWlNTG0qz
            0dIaZFdrabqsyrqqKm2dqqzJr2t1oqMeq2So2FRndiRW55QX/wNFdHYA1nNIhgGLhqhIkjXxRo5kN0syNzlFnqwR13I8nzM86QAU
            4VkXVXLwRywoeLeIzfqgmsN+yWAX3D/7PLUcuMuBc4zTsXj+1sxm3O0UKRTWj0yy/uZmY8PHRx9K0+eK90p8ghHi/CT3D5EekY4p
            BgAA
            """;

    public static final String META = """
            H4sIAAAAAAACAwvwZmZhYODgYMAAAgxCDIlFyRmZZan6KYkliXoF2TluTnwMUSiggam2kCGCEai+vJAxuSQfqEEvvrQkM6eYK74o
            Nak0MyclPje1JDG+JDWvOL8oPi8/vhioKjE9lauQSQOigSstJz+xxNiIq5DZm7G1kAVEsHaWFLIFFbIX6wV4s3MkXlr7JQloBwgH
            4HSxOIMk3MV6aflFuYkl8WWpRcWZ+XluTqJoDocCQ5Dx29/faQZ5gRGv8VIM5gjjoZ6IT8zJTM/LTc0rcXMyxm4DfmBmAnKAfXnh
            SyagFUx4HSDIYA93QFJlSWp+UUpqkZuTNTn2wkBOZklJTirIDa22jyXZgLaw4XUDP4Mt3A3wsLUk3wXGXCC7L85LDyXsfzkGI0QE
            gJKkfnFqUSYwBqoSS4DuiM9McXPSI9EpBkaWBhYmZhZm5ubmZkaWRsaGBiYGBoZGxhYGhmaW5saGJkbGRiam4FjKdj1+UwPoDg2w
            KxlBjoW7EzmFCmC4HD0foetGToDiKDo3IelGS9PohiAnIinUhMPIgCflopuDnBAEUcyZhGQOPAGia0eOS34U7WJMDOhpB10zchDL
            odqNpBl75Ad4s7HpwJIKsy5cJxsaPZkRQlswQ2igPnYQfZoFwoeUAqxsED1sYPUQtQBpCXisLQUAAA==
            """;

    private TorchSamples() {}
}
